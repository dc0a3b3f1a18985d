"""An instance's function is started again under an id of the caller's, which is claimed."""

import time
from typing import Any

import pytest

from router.domain.errors import RouterError
from router.domain.model import Claim, Owner
from router.domain.version import LineId
from router.instances.restarts import start_again
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter, router_with_parked_start

OLD, NEW = "order-17", "order-18"


@pytest.fixture
async def router() -> InMemoryRouter:
    """Return a router whose active line has the failed instance OLD."""
    router = InMemoryRouter(None, time.monotonic)
    await router.provision()
    await router.context.snapshots.refresh()
    add(router, {"n": 1})
    return router


def add(router: InMemoryRouter, given: Any) -> None:
    router.azure.owners[OLD] = Owner("Hub1x0", "Failed", NOON)
    router.azure.statuses[OLD] = {"runtimeStatus": "Failed", "name": "order", "input": given}


@pytest.mark.parametrize(
    ("stored", "sent"),
    [({"n": 1}, b'{"n": 1}'), (None, b""), ("[1, 2]", b"[1, 2]"), ('"five"', b'"five"')],
)
async def test_function_is_started_with_the_same_input(
    router: InMemoryRouter, stored: Any, sent: bytes
) -> None:
    add(router, stored)
    accepted = await start_again(router.context, OLD, NEW)
    assert (accepted.instance_id, accepted.line, accepted.parked) == (NEW, LINE_ID, False)
    [(_, *asked)] = router.azure.calls("start")
    assert asked[:3] == ["order", NEW, sent]
    assert (await router.claim(NEW)).line == LINE_ID


async def test_input_that_cannot_be_sent_again_is_refused(router: InMemoryRouter) -> None:
    """An orchestration may have made it, which no door checks."""
    add(router, {"text": "\ufffe"})
    with pytest.raises(RouterError) as refused:
        await start_again(router.context, OLD, NEW)
    assert (refused.value.code, router.azure.started) == ("bad-body", [])


async def test_ended_instance_may_be_started_again_under_its_own_id(
    router: InMemoryRouter,
) -> None:
    await start_again(router.context, OLD, OLD)
    assert router.azure.started == [OLD]


async def test_start_is_parked_while_the_line_is_not_up() -> None:
    router = await router_with_parked_start()
    assert (await start_again(router.context, OLD, NEW)).parked
    assert await router.parked_input(NEW) == '{"n": 1}'


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (OLD, "", "bad-instance-id"),
        (OLD, "a+b", "bad-instance-id"),
        (OLD, "taken", "id-taken"),
        ("nothing", NEW, "unknown-instance"),
    ],
)
async def test_nothing_is_started_under_a_bad_or_taken_id(
    router: InMemoryRouter, old: str, new: str, code: str
) -> None:
    await router.catalog.add_claim(Claim("taken", LineId(1, 1), router.now()))
    router.azure.owners["taken"] = Owner("Hub1x1", "Running", NOON)
    with pytest.raises(RouterError) as refused:
        await start_again(router.context, old, new)
    assert refused.value.code == code
    assert router.azure.started == []
