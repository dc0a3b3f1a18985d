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
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene, attempt, claim_of, waiting

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(ONE), "order", NAME, "1")
ELSEWHERE = LineId(1, 1)
IN_FLIGHT = 28.0  # seconds: to forward a start, and the margin


async def refused(scene: Scene) -> str:
    with pytest.raises(Refusal) as told:
        await starts.accept(scene.context, WANTED)
    return told.value.code


async def test_a_start_that_took_too_long_to_park_leaves_the_id_to_the_line_that_has_it_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its claim was given up for void; the other line's instance runs, and is not ended for it."""
    scene = await waiting()
    park, asked = scene.orchestrations.start, []

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        scene.world.pass_time(IN_FLIGHT + 1)
        await scene.catalog.replace_claim(replace(await claim_of(scene, NAME), line=ELSEWHERE))
        scene.world.owners[NAME] = Owner("Hub1x1", "Running", scene.now())
        return bool(await park(name, instance_id, value))

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"")

    monkeypatch.setattr(scene.orchestrations, "start", slowly)
    monkeypatch.setattr(scene.world, "manage", manage)
    assert await refused(scene) == "id-taken"
    monkeypatch.setattr(scene.orchestrations, "start", park)
    scene.orchestrations.at = scene.now()
    await scene.comes_up()
    assert await attempt(scene, NAME) == Cancelled()
    assert (scene.world.started, asked) == ([], [])
    assert (await claim_of(scene, NAME)).line == ELSEWHERE


async def test_it_ends_nothing_that_another_line_has_parked_under_the_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = await waiting()
    park = scene.orchestrations.start

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        await scene.catalog.replace_claim(replace(await claim_of(scene, NAME), line=ELSEWHERE))
        return bool(await park(name, instance_id, value | {"line": "1.1"}))

    monkeypatch.setattr(scene.orchestrations, "start", slowly)
    assert await refused(scene) == "id-taken"
    assert scene.orchestrations.running == {park_id(NAME)}


async def test_a_purge_leaves_the_claim_by_which_another_line_sees_what_may_be_under_way(
    scene: Scene,
) -> None:
    """To the line's app, which would do it to whatever has the id."""
    await starts.accept(scene.context, WANTED)
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    scene.world.work = []
    scene.world.pass_time(IN_FLIGHT + 1)
    await changes.purge(scene.context, NAME)
    assert (await claim_of(scene, NAME)).line == ONE


async def test_who_looked_before_a_start_was_parked_does_not_get_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = await waiting()
    park, seen = scene.orchestrations.start, []

    async def watched(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        seen.append(await claim_of(scene, NAME))
        scene.world.pass_time(IN_FLIGHT + 1)
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(scene.orchestrations, "start", watched)
    await starts.accept(scene.context, WANTED)
    monkeypatch.undo()
    seen.append(await claim_of(scene, NAME))
    await scene.comes_up()
    assert await attempt(scene, NAME) == Forwarded()
    for claim in seen:
        with pytest.raises(RowChanged):
            await scene.catalog.replace_claim(replace(claim, line=ELSEWHERE))


async def test_a_parked_start_claims_its_id_again_in_a_catalog_that_was_rebuilt() -> None:
    scene = await waiting()
    await starts.accept(scene.context, WANTED)
    await scene.catalog.drop_claim(await claim_of(scene, NAME))
    await scene.comes_up()
    assert await attempt(scene, NAME) == Forwarded()
    assert (await claim_of(scene, NAME)).line == ONE


@pytest.mark.parametrize("verb", ["restart", "rewind"])
async def test_what_has_ended_on_another_line_is_not_gone_on_with_by_the_one_that_has_its_id_now(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Its app shares the store, and would run the other line's history with its own code."""
    asked = []

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"{}")

    monkeypatch.setattr(scene.world, "manage", manage)
    scene.world.owners[NAME] = Owner("Hub1x1", "Failed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ONE, NOON, NOON))
    change = getattr(changes, verb)
    with pytest.raises(Refusal) as told:
        await change(scene.context, NAME, None)
    assert (told.value.status, told.value.code, asked) == (409, "id-taken", [])
    scene.world.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    assert (await change(scene.context, NAME, None)).answer.status == 202
    assert asked == [f"instances/{NAME}/{verb}"]


async def test_an_id_that_was_another_lines_is_kept_free_until_nothing_is_under_way_to_that_one(
    scene: Scene,
) -> None:
    """Its app shares the store: what it was asked to do to its own it would do to the new one."""
    scene.world.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(scene.context, WANTED)).parked
    outcome = await attempt(scene, NAME)
    assert (type(outcome), outcome.seconds) == (Waiting, IN_FLIGHT)
    assert "another line" in outcome.reason
    scene.world.pass_time(IN_FLIGHT - 1)
    assert (await attempt(scene, NAME)).seconds == 1
    assert scene.world.started == []
    scene.world.pass_time(1)
    assert await attempt(scene, NAME) == Forwarded()
    assert scene.world.started == [NAME]


@pytest.mark.parametrize(
    "change",
    [
        changes.purge,
        lambda context, name: changes.restart(context, name, None),
        lambda context, name: changes.rewind(context, name, None),
    ],
)
async def test_nothing_takes_away_or_begins_anew_what_a_parked_start_will_look_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    """It was brought to its line, and has ended, before that was written down."""
    scene.world.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.accept(scene.context, WANTED)).parked
    scene.world.owners[NAME] = Owner("Hub1x0", "Failed", scene.now())
    with pytest.raises(Unavailable) as told:
        await change(scene.context, NAME)
    assert (told.value.status, told.value.code) == (503, "instance-parked")
    scene.orchestrations.end(park_id(NAME), "Completed", {"state": "forwarded"})
    assert (await change(scene.context, NAME)).answer.status in (200, 202)


async def test_a_change_is_given_up_before_its_id_may_be_another_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(MemoryCatalog(), time.monotonic, ROUTER_FORWARD_SECONDS="0.2")
    await scene.up()
    await scene.context.snapshots.refresh()
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    asked = []

    async def never(*request: Any) -> Answer:
        asked.append(request[2])
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(scene.world, "manage", never)
    with pytest.raises(Unavailable) as told:
        await changes.terminate(scene.context, NAME, None)
    assert (told.value.status, told.value.code) == (504, "upstream-timeout")
    assert asked == [f"instances/{NAME}/terminate"]
