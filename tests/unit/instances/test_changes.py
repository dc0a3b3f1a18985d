"""An id that passes from one line to another: nothing meant for the one is done to the other's."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from router.domain.errors import Changed as RowChanged
from router.domain.errors import Refusal, Unavailable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.ports import Answer
from router.starts import service as starts
from router.starts.outcomes import Cancelled, Forwarded, Waiting
from router.starts.parked_start import park_id
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter, router_with_registered_line

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1")
ELSEWHERE = LineId(1, 1)
IN_FLIGHT = 28.0  # seconds: to forward a start, and the margin


async def refused(router: InMemoryRouter) -> str:
    with pytest.raises(Refusal) as told:
        await starts.accept(router.context, WANTED)
    return told.value.code


async def test_a_start_that_took_too_long_to_park_leaves_the_id_to_the_line_that_has_it_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its claim was given up for void; the other line's instance runs, and is not ended for it."""
    router = await router_with_registered_line()
    park, asked = router.orchestrations.start, []

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        router.azure.pass_time(IN_FLIGHT + 1)
        await router.catalog.replace_claim(replace(await router.claim(NAME), line=ELSEWHERE))
        router.azure.owners[NAME] = Owner("Hub1x1", "Running", router.now())
        return bool(await park(name, instance_id, value))

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"")

    monkeypatch.setattr(router.orchestrations, "start", slowly)
    monkeypatch.setattr(router.azure, "manage", manage)
    assert await refused(router) == "id-taken"
    monkeypatch.setattr(router.orchestrations, "start", park)
    router.orchestrations.at = router.now()
    await router.bring_line_up()
    assert await router.attempt(NAME) == Cancelled()
    assert (router.azure.started, asked) == ([], [])
    assert (await router.claim(NAME)).line == ELSEWHERE


async def test_it_ends_nothing_that_another_line_has_parked_under_the_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = await router_with_registered_line()
    park = router.orchestrations.start

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        await router.catalog.replace_claim(replace(await router.claim(NAME), line=ELSEWHERE))
        return bool(await park(name, instance_id, value | {"line": "1.1"}))

    monkeypatch.setattr(router.orchestrations, "start", slowly)
    assert await refused(router) == "id-taken"
    assert router.orchestrations.running == {park_id(NAME)}


async def test_a_purge_leaves_the_claim_by_which_another_line_sees_what_may_be_under_way(
    router: InMemoryRouter,
) -> None:
    """To the line's app, which would do it to whatever has the id."""
    await starts.accept(router.context, WANTED)
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    router.azure.work = []
    router.azure.pass_time(IN_FLIGHT + 1)
    await changes.purge(router.context, NAME)
    assert (await router.claim(NAME)).line == LINE_ID


async def test_who_looked_before_a_start_was_parked_does_not_get_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = await router_with_registered_line()
    park, seen = router.orchestrations.start, []

    async def watched(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        seen.append(await router.claim(NAME))
        router.azure.pass_time(IN_FLIGHT + 1)
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(router.orchestrations, "start", watched)
    await starts.accept(router.context, WANTED)
    monkeypatch.undo()
    seen.append(await router.claim(NAME))
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    for claim in seen:
        with pytest.raises(RowChanged):
            await router.catalog.replace_claim(replace(claim, line=ELSEWHERE))


async def test_a_parked_start_claims_its_id_again_in_a_catalog_that_was_rebuilt() -> None:
    router = await router_with_registered_line()
    await starts.accept(router.context, WANTED)
    await router.catalog.drop_claim(await router.claim(NAME))
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    assert (await router.claim(NAME)).line == LINE_ID


@pytest.mark.parametrize("verb", ["restart", "rewind"])
async def test_what_has_ended_on_another_line_is_not_gone_on_with_by_the_one_that_has_its_id_now(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Its app shares the store, and would run the other line's history with its own code."""
    asked = []

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"{}")

    monkeypatch.setattr(router.azure, "manage", manage)
    router.azure.owners[NAME] = Owner("Hub1x1", "Failed", NOON)
    await router.catalog.add_claim(Claim(NAME, LINE_ID, NOON, NOON))
    change = getattr(changes, verb)
    with pytest.raises(Refusal) as told:
        await change(router.context, NAME, None)
    assert (told.value.status, told.value.code, asked) == (409, "id-taken", [])
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    assert (await change(router.context, NAME, None)).answer.status == 202
    assert asked == [f"instances/{NAME}/{verb}"]


async def test_an_id_that_was_another_lines_is_kept_free_until_nothing_is_under_way_to_that_one(
    router: InMemoryRouter,
) -> None:
    """Its app shares the store: what it was asked to do to its own it would do to the new one."""
    router.azure.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await router.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(router.context, WANTED)).parked
    outcome = await router.attempt(NAME)
    assert (type(outcome), outcome.seconds) == (Waiting, IN_FLIGHT)
    assert "another line" in outcome.reason
    router.azure.pass_time(IN_FLIGHT - 1)
    assert (await router.attempt(NAME)).seconds == 1
    assert router.azure.started == []
    router.azure.pass_time(1)
    assert await router.attempt(NAME) == Forwarded()
    assert router.azure.started == [NAME]


@pytest.mark.parametrize(
    "change",
    [
        changes.purge,
        lambda context, name: changes.restart(context, name, None),
        lambda context, name: changes.rewind(context, name, None),
    ],
)
async def test_nothing_takes_away_or_begins_anew_what_a_parked_start_will_look_for(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    """It was brought to its line, and has ended, before that was written down."""
    router.azure.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await router.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(router.context, WANTED)).parked
    router.azure.owners[NAME] = Owner("Hub1x0", "Failed", router.now())
    with pytest.raises(Unavailable) as told:
        await change(router.context, NAME)
    assert (told.value.status, told.value.code) == (503, "instance-parked")
    router.orchestrations.end(park_id(NAME), "Completed", {"state": "forwarded"})
    assert (await change(router.context, NAME)).answer.status in (200, 202)


async def test_a_change_is_given_up_before_its_id_may_be_another_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = InMemoryRouter(monotonic=time.monotonic, ROUTER_FORWARD_SECONDS="0.2")
    await router.provision()
    await router.context.snapshots.refresh()
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    asked = []

    async def never(*request: Any) -> Answer:
        asked.append(request[2])
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(router.azure, "manage", never)
    with pytest.raises(Unavailable) as told:
        await changes.terminate(router.context, NAME, None)
    assert (told.value.status, told.value.code) == (504, "upstream-timeout")
    assert asked == [f"instances/{NAME}/terminate"]
