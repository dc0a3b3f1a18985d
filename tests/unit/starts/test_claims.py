"""A start claims the id that its caller chose, unless an instance runs under it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.domain.errors import Refusal, Unavailable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.ports import Answer
from router.starts import service as starts
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1")
REFUSED = Answer(400, {}, b"")


@pytest.fixture
async def former(router: InMemoryRouter) -> Claim:
    """Return the claim of the id, whose instance has ended."""
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    return await router.catalog.add_claim(Claim(NAME, LINE_ID, NOON))


async def refused(router: InMemoryRouter) -> str:
    with pytest.raises(Refusal) as refusal:
        await starts.accept(router.context, WANTED)
    return refusal.value.code


async def test_start_is_not_sent_under_the_id_of_a_running_instance(
    router: InMemoryRouter,
) -> None:
    """If the instance continued as new at that moment, it would be taken for the caller's own."""
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert await refused(router) == "instance-exists"
    assert router.azure.started == []


async def test_refused_start_restores_the_claim(router: InMemoryRouter, former: Claim) -> None:
    async def refuse(*_: Any, **__: Any) -> Answer:
        assert (await router.claim(NAME)).before == NOON
        return REFUSED

    router.azure.before("start", refuse)
    assert await refused(router) == "start-refused"
    assert replace(await router.claim(NAME), etag=former.etag) == former


async def test_refused_start_keeps_a_claim_that_has_changed_since(
    router: InMemoryRouter, former: Claim
) -> None:
    async def change_and_refuse(*_: Any, **__: Any) -> Answer:
        await router.catalog.replace_claim(await router.claim(NAME))
        return REFUSED

    router.azure.before("start", change_and_refuse)
    assert await refused(router) == "start-refused"
    assert (await router.claim(NAME)).before == NOON


@pytest.mark.parametrize("holder", [LINE_ID, LineId(1, 1)])
async def test_id_is_reused_once_its_arrival_is_recorded(
    router: InMemoryRouter, former: Claim, holder: LineId
) -> None:
    """Its instance has ended before the orchestration that parked the start."""
    parked = park_id(NAME)
    start = Start("order", NAME, "1", NOON, given=True)
    value = ParkedStart(start, RequestedVersion(holder)).as_dict()
    await router.orchestrations.start("parked_start", parked, value)
    held = await router.catalog.replace_claim(replace(former, line=holder))
    with pytest.raises(Unavailable) as refusal:
        await starts.accept(router.context, WANTED)
    assert (refusal.value.status, refusal.value.code) == (503, "instance-parked")
    assert await router.claim(NAME) == held
    router.orchestrations.end(parked, "Completed", {"state": "forwarded"})
    assert (await starts.accept(router.context, WANTED)).instance_id == NAME


async def held_apart(router: InMemoryRouter, status: str) -> None:
    """Let line 1.1, which has tables of its own, hold the id."""
    await router.add_line_apart(LineId(1, 1), NAME, Owner("Hub1x1", status, NOON))
    await router.catalog.add_claim(Claim(NAME, LineId(1, 1), NOON))


async def test_id_of_an_instance_in_another_lines_tables_is_taken(router: InMemoryRouter) -> None:
    await held_apart(router, "Running")
    assert await refused(router) == "id-taken"


async def test_id_passes_on_after_the_instance_in_other_tables_ended(
    router: InMemoryRouter,
) -> None:
    """The new start looks for its own instance in its own line's tables."""
    await held_apart(router, "Completed")
    await starts.accept(router.context, WANTED)
    claim = await router.claim(NAME)
    assert (claim.line, claim.before) == (LINE_ID, None)
    assert router.parked(NAME).start.before is None


async def test_older_instance_in_its_own_tables_is_not_the_start(router: InMemoryRouter) -> None:
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", NOON - timedelta(days=1))
    await held_apart(router, "Completed")
    await starts.accept(router.context, WANTED)
    assert router.parked(NAME).start.before == NOON - timedelta(days=1)


async def test_claim_of_a_start_in_flight_to_other_tables_holds(
    router: InMemoryRouter,
) -> None:
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON - timedelta(days=1))
    await held_apart(router, "Completed")
    router.tables["Hub1x1"].rows.clear()
    assert await refused(router) == "id-taken"
