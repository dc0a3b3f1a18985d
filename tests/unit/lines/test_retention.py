"""Claims of callers' ids go with what they held: a purged instance, or the line that is swept."""

import itertools
import time

import pytest

from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.lines import actions, monitor, retention
from router.starts.parked_start import park_id
from router.starts.service import StartRequest, accept
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PURGE = changes.purge


@pytest.fixture
async def router() -> InMemoryRouter:
    """Its line is retired."""
    router = InMemoryRouter(monotonic=time.monotonic, ROUTER_RETENTION_SECONDS="100")
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED
    await router.context.snapshots.refresh()
    return router


async def claim(router: InMemoryRouter, name: str, line: LineId = LINE_ID) -> Claim:
    return await router.catalog.add_claim(Claim(name, line, router.now()))


async def left(router: InMemoryRouter) -> set[str]:
    lines = (LINE_ID, LineId(1, 1))
    return {each.instance_id for line in lines async for each in router.catalog.claims(line)}


async def sweep(router: InMemoryRouter) -> None:
    await retention.tick(router.context, LINE_ID)
    swept = await router.finish_operations()
    assert swept.teardown_report is not None
    assert swept.teardown_report.purged_at is not None


async def test_with_a_swept_line_go_its_claims_but_not_those_that_hold_a_start(
    router: InMemoryRouter,
) -> None:
    await claim(router, "long ago")
    await claim(router, "of another line", LineId(1, 1))
    await accept(router.context, StartRequest(RequestedVersion(LINE_ID), "order", "parked", "1"))
    router.azure.pass_time(101)
    await claim(router, "just now")
    await sweep(router)
    assert await left(router) == {"of another line", "parked", "just now"}
    assert park_id("parked") in router.orchestrations.running


async def test_a_claim_that_is_taken_anew_while_it_is_looked_at_stays(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await claim(router, "order-17")
    router.azure.pass_time(101)

    async def owner(instance_id: str) -> None:
        await router.catalog.replace_claim(held)

    monkeypatch.setattr(router.azure, "owner", owner)
    await sweep(router)
    assert await left(router) == {"order-17"}


async def test_with_a_purged_instance_goes_its_claim(router: InMemoryRouter) -> None:
    for name in ("order-17", "order-18"):
        await claim(router, name)
        router.azure.owners[name] = Owner("Hub1x0", "Completed", NOON)
    router.azure.pass_time(101)
    await PURGE(router.context, "order-17")
    assert await left(router) == {"order-18"}


async def test_a_purge_does_not_fail_with_what_the_router_cannot_forget(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await claim(router, "order-17")
    router.azure.owners["order-17"] = Owner("Hub1x0", "Completed", NOON)
    router.azure.pass_time(101)

    looks = itertools.count()

    async def soon_away(instance_id: str) -> None:
        if next(looks):
            raise Unavailable("hub-unavailable", "away")

    monkeypatch.setattr(router.orchestrations, "get", soon_away)
    done = await PURGE(router.context, "order-17")
    assert (done.answer.status, done.line) == (200, LINE_ID)
    assert await left(router) == {"order-17"}
