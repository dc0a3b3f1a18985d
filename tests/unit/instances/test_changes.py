"""Changes to instances, also while their id passes from one line to another."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from router.domain.errors import Changed as RowChanged
from router.domain.errors import Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.line_rows import get_line
from router.ports import Answer
from router.starts import service as starts
from router.starts.outcomes import Cancelled, Forwarded, Waiting
from router.starts.parked_start import park_id
from router.starts.service import StartRequest
from tests.fakes.orchestrations import AT
from tests.fakes.router import (
    LINE_ID,
    NOON,
    InMemoryRouter,
    router_with_parked_start,
    router_with_registered_line,
)

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1")
ELSEWHERE = LineId(1, 1)
IN_FLIGHT = 28.0  # seconds: to forward a start, and the margin
ACCEPTED = Answer(202, {}, b"{}")


def changed_paths(router: InMemoryRouter) -> list[str]:
    """Return the path of each request for a change."""
    return [call[2] for call in router.azure.calls("manage")]


async def refused(router: InMemoryRouter) -> str:
    with pytest.raises(Refusal) as refusal:
        await starts.accept(router.context, WANTED)
    return refusal.value.code


async def move_claim(router: InMemoryRouter) -> None:
    await router.catalog.replace_claim(replace(await router.claim(NAME), line=ELSEWHERE))


async def test_start_parked_too_late_leaves_its_id_to_another_line() -> None:
    """Its claim had become stale, and the instance that runs on the other line is not ended."""
    router = await router_with_registered_line()

    async def lose_id(*_: Any) -> None:
        router.azure.pass_time(IN_FLIGHT + 1)
        await move_claim(router)
        router.azure.owners[NAME] = Owner("Hub1x1", "Running", router.now())

    router.orchestrations.before("start", lose_id)
    assert await refused(router) == "id-taken"
    router.orchestrations.restore("start")
    router.orchestrations.at = router.now()
    await router.bring_line_up()
    assert await router.attempt(NAME) == Cancelled()
    assert (router.azure.started, changed_paths(router)) == ([], [])
    assert (await router.claim(NAME)).line == ELSEWHERE


async def test_start_that_lost_its_id_leaves_another_parked_start() -> None:
    router = await router_with_registered_line()

    async def park_elsewhere(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        await move_claim(router)
        router.orchestrations.started[instance_id] = name, value | {"line": "1.1"}
        router.orchestrations.running.add(instance_id)
        return True

    router.orchestrations.before("start", park_elsewhere)
    assert await refused(router) == "id-taken"
    assert router.orchestrations.running == {park_id(NAME)}


async def test_purge_keeps_the_claim_while_the_line_has_an_app(router: InMemoryRouter) -> None:
    """By the claim, other lines see that a request may be in flight to that app."""
    await starts.accept(router.context, WANTED)
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    router.azure.work = []
    router.azure.pass_time(IN_FLIGHT + 1)
    await changes.purge(router.context, NAME)
    assert (await router.claim(NAME)).line == LINE_ID


async def test_claim_read_before_parking_cannot_be_taken_over() -> None:
    router = await router_with_registered_line()
    read = []

    async def read_claim(*_: Any) -> None:
        read.append(await router.claim(NAME))
        router.azure.pass_time(IN_FLIGHT + 1)

    router.orchestrations.before("start", read_claim)
    await starts.accept(router.context, WANTED)
    router.orchestrations.restore("start")
    read.append(await router.claim(NAME))
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    for claim in read:
        with pytest.raises(RowChanged):
            await router.catalog.replace_claim(replace(claim, line=ELSEWHERE))


async def test_parked_start_claims_its_id_in_a_rebuilt_catalog() -> None:
    router = await router_with_registered_line()
    await starts.accept(router.context, WANTED)
    await router.catalog.drop_claim(await router.claim(NAME))
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    assert (await router.claim(NAME)).line == LINE_ID


BRINGS_BACK: dict[str, Any] = {
    "restart": lambda context, name: changes.restart(context, name, with_new_id=True),
    "rewind": lambda context, name: changes.rewind(context, name, None),
}


TERMINATE: Any = lambda context, name: changes.terminate(context, name, None)  # noqa: E731


@pytest.mark.parametrize("verb", BRINGS_BACK)
async def test_ended_instance_of_another_line_is_not_continued(
    router: InMemoryRouter, verb: str
) -> None:
    """The app shares the store, and would run the other line's history with its own code."""
    router.azure.answer("manage", ACCEPTED)
    router.azure.owners[NAME] = Owner("Hub1x1", "Failed", NOON)
    await router.catalog.add_claim(Claim(NAME, LINE_ID, NOON, NOON))
    change = BRINGS_BACK[verb]
    with pytest.raises(Refusal) as refusal:
        await change(router.context, NAME)
    assert (refusal.value.status, refusal.value.code) == (409, "id-taken")
    assert changed_paths(router) == []
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    assert (await change(router.context, NAME)).answer.status == 202
    assert changed_paths(router) == [f"instances/{NAME}/{verb}"]


@pytest.mark.parametrize("verb", BRINGS_BACK)
async def test_ended_instance_in_other_tables_is_not_continued(
    router: InMemoryRouter, verb: str
) -> None:
    """Its id has been claimed since, for a start that has not arrived."""
    await router.add_line_apart(ELSEWHERE, NAME, Owner("Hub1x1", "Failed", NOON))
    await router.catalog.add_claim(Claim(NAME, LINE_ID, NOON))
    with pytest.raises(Refusal) as refusal:
        await BRINGS_BACK[verb](router.context, NAME)
    assert (refusal.value.status, refusal.value.code) == (409, "id-taken")
    assert changed_paths(router) == []


@pytest.mark.parametrize(
    ("verb", "code"),
    [("restart", "line-not-up"), ("rewind", "line-not-up"), ("terminate", "instance-ended")],
)
async def test_ended_instance_of_a_line_without_app_names_the_way_on(
    router: InMemoryRouter, verb: str, code: str
) -> None:
    line = await get_line(router.catalog, LINE_ID)
    await router.catalog.replace_line(replace(line, state=LineState.RETIRED))
    await router.context.snapshots.refresh()
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    change = (BRINGS_BACK | {"terminate": TERMINATE})[verb]
    with pytest.raises(Refusal) as refusal:
        await change(router.context, NAME)
    assert refusal.value.code == code
    assert ("/api/lines/1.0/revive" in refusal.value.detail) == (code == "line-not-up")


async def test_disabled_function_is_not_restarted(router: InMemoryRouter) -> None:
    router.azure.answer("manage", Answer(400, {}, b'{"Message": "The function x is disabled"}'))
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    with pytest.raises(Refusal) as refusal:
        await BRINGS_BACK["restart"](router.context, NAME)
    assert (refusal.value.status, refusal.value.code) == (409, "function-disabled")


async def test_id_of_another_line_is_kept_free_while_requests_fly(router: InMemoryRouter) -> None:
    """The other line's app shares the store, and would apply them to the new instance."""
    router.azure.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await router.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(router.context, WANTED)).parked
    outcome = await router.attempt(NAME)
    assert isinstance(outcome, Waiting)
    assert outcome.seconds == IN_FLIGHT
    assert "another line" in str(outcome.reason)
    router.azure.pass_time(IN_FLIGHT - 1)
    outcome = await router.attempt(NAME)
    assert isinstance(outcome, Waiting)
    assert outcome.seconds == 1
    assert router.azure.started == []
    router.azure.pass_time(1)
    assert await router.attempt(NAME) == Forwarded()
    assert router.azure.started == [NAME]


@pytest.mark.parametrize("change", [changes.purge, *BRINGS_BACK.values()])
async def test_instance_is_kept_until_its_arrival_is_recorded(
    router: InMemoryRouter, change: Any
) -> None:
    """It has ended before its parked start could record that it arrived."""
    router.azure.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await router.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(router.context, WANTED)).parked
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", router.now())
    with pytest.raises(Unavailable) as refusal:
        await change(router.context, NAME)
    assert (refusal.value.status, refusal.value.code) == (503, "instance-parked")
    router.orchestrations.end(park_id(NAME), "Completed", {"state": "forwarded"})
    assert (await change(router.context, NAME)).answer.status in (200, 202)


async def test_change_times_out_before_its_id_may_pass_to_another_line() -> None:
    router = InMemoryRouter(monotonic=time.monotonic, ROUTER_FORWARD_SECONDS="0.2")
    await router.provision()
    await router.context.snapshots.refresh()
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)

    async def hang(*_: Any) -> None:
        await asyncio.Event().wait()

    router.azure.before("manage", hang)
    with pytest.raises(Unavailable) as refusal:
        await changes.terminate(router.context, NAME, None)
    assert (refusal.value.status, refusal.value.code) == (504, "upstream-timeout")
    assert changed_paths(router) == [f"instances/{NAME}/terminate"]


@pytest.mark.parametrize("status", [404, 410])
async def test_instance_that_arrives_after_its_app_answered_is_parked(status: int) -> None:
    """The app found no instance of the id, or one that had ended before."""
    router = await router_with_parked_start()
    await router.bring_line_up()

    async def raise_event() -> str:
        with pytest.raises((Refusal, Unavailable)) as refusal:
            await changes.raise_event(router.context, NAME, "go", b"1")
        return refusal.value.code

    async def arrive(*_: Any) -> Answer:
        router.azure.owners[NAME] = Owner("Hub1x0", "Pending", AT)
        return Answer(status, {}, b"")

    router.azure.before("manage", arrive)
    assert await raise_event() == "instance-parked"
    router.orchestrations.end(park_id(NAME), "Completed", {"state": "forwarded"})
    assert await raise_event() == "instance-parked"
    router.azure.answer("manage", Answer(404, {}, b""))
    router.azure.owners.clear()
    assert await raise_event() == "unknown-instance"
