"""An id that passes from one line to another: nothing meant for the one is done to the other's."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from router.instances.service import Change

from router.domain.errors import Changed, Refusal, Unavailable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import service as instances
from router.ports import Answer
from router.starts import service as starts
from router.starts.parked_start import park_id
from router.starts.service import StartRequest
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene, claim_of, lap_of, waiting

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(ONE), "order", NAME, "1")
ELSEWHERE = LineId(1, 1)
IN_FLIGHT = 28.0  # seconds: to forward a start, and the margin


async def refused(scene: Scene, run: Any) -> str:
    with pytest.raises(Refusal) as told:
        await starts.take(scene.services, WANTED, run)
    return told.value.code


async def test_a_start_that_took_too_long_to_park_leaves_the_id_to_the_line_that_has_it_by_then(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim was given up for void; the other line's instance runs, and is not ended for it."""
    scene = await waiting()
    park, asked = run.start, []

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        scene.world.pass_time(IN_FLIGHT + 1)
        await scene.catalog.replace_claim(replace(await claim_of(scene, NAME), line=ELSEWHERE))
        scene.world.owners[NAME] = Owner("Hub1x1", "Running", scene.now())
        return bool(await park(name, instance_id, value))

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"")

    monkeypatch.setattr(run, "start", slowly)
    monkeypatch.setattr(scene.world, "manage", manage)
    assert await refused(scene, run) == "id-taken"
    monkeypatch.setattr(run, "start", park)
    run.at = scene.now()
    await scene.comes_up(run)
    assert await lap_of(scene, run, NAME) == {"state": "withdrawn"}
    assert (scene.world.started, asked) == ([], [])
    assert (await claim_of(scene, NAME)).line == ELSEWHERE


async def test_it_ends_nothing_that_another_line_has_parked_under_the_id(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await waiting()
    park = run.start

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        await scene.catalog.replace_claim(replace(await claim_of(scene, NAME), line=ELSEWHERE))
        return bool(await park(name, instance_id, value | {"line": "1.1"}))

    monkeypatch.setattr(run, "start", slowly)
    assert await refused(scene, run) == "id-taken"
    assert run.running == {park_id(NAME)}


async def test_a_purge_leaves_the_claim_by_which_another_line_sees_what_may_be_under_way(
    scene: Scene, run: Any
) -> None:
    """To the line's app, which would do it to whatever has the id."""
    await starts.take(scene.services, WANTED, run)
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    scene.world.work = []
    scene.world.pass_time(IN_FLIGHT + 1)
    await instances.change(scene.services, NAME, Change("DELETE", "", {}, b""), run)
    assert (await claim_of(scene, NAME)).line == ONE


async def test_who_looked_before_a_start_was_parked_does_not_get_its_id(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await waiting()
    park, seen = run.start, []

    async def watched(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        seen.append(await claim_of(scene, NAME))
        scene.world.pass_time(IN_FLIGHT + 1)
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(run, "start", watched)
    await starts.take(scene.services, WANTED, run)
    monkeypatch.undo()
    seen.append(await claim_of(scene, NAME))
    await scene.comes_up(run)
    assert await lap_of(scene, run, NAME) == {"state": "forwarded"}
    for claim in seen:
        with pytest.raises(Changed):
            await scene.catalog.replace_claim(replace(claim, line=ELSEWHERE))


async def test_a_parked_start_claims_its_id_again_in_a_catalog_that_was_rebuilt(run: Any) -> None:
    scene = await waiting()
    await starts.take(scene.services, WANTED, run)
    await scene.catalog.drop_claim(await claim_of(scene, NAME))
    await scene.comes_up(run)
    assert await lap_of(scene, run, NAME) == {"state": "forwarded"}
    assert (await claim_of(scene, NAME)).line == ONE


@pytest.mark.parametrize("tail", ["/restart", "/rewind"])
async def test_what_has_ended_on_another_line_is_not_gone_on_with_by_the_one_that_has_its_id_now(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch, tail: str
) -> None:
    """Its app shares the store, and would run the other line's history with its own code."""
    asked = []

    async def manage(*request: Any) -> Answer:
        asked.append(request[2])
        return Answer(202, {}, b"{}")

    monkeypatch.setattr(scene.world, "manage", manage)
    scene.world.owners[NAME] = Owner("Hub1x1", "Failed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ONE, NOON, NOON))
    change = Change("POST", tail, {}, b"")
    with pytest.raises(Refusal) as told:
        await instances.change(scene.services, NAME, change, run)
    assert (told.value.status, told.value.code, asked) == (409, "id-taken", [])
    scene.world.owners[NAME] = Owner("Hub1x0", "Failed", NOON)
    assert (await instances.change(scene.services, NAME, change, run))[0].status == 202
    assert asked == [f"instances/{NAME}{tail}"]


async def test_an_id_that_was_another_lines_is_kept_free_until_nothing_is_under_way_to_that_one(
    scene: Scene, run: Any
) -> None:
    """Its app shares the store: what it was asked to do to its own it would do to the new one."""
    scene.world.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.take(scene.services, WANTED, run)).parked
    outcome = await lap_of(scene, run, NAME)
    assert (outcome["state"], outcome["seconds"]) == ("waiting", IN_FLIGHT)
    assert "another line's" in outcome["why"]
    scene.world.pass_time(IN_FLIGHT - 1)
    assert (await lap_of(scene, run, NAME))["seconds"] == 1
    assert scene.world.started == []
    scene.world.pass_time(1)
    assert await lap_of(scene, run, NAME) == {"state": "forwarded"}
    assert scene.world.started == [NAME]


@pytest.mark.parametrize(
    "change",
    [
        Change("DELETE", "", {}, b""),
        Change("POST", "/restart", {}, b""),
        Change("POST", "/rewind", {}, b""),
    ],
)
async def test_nothing_takes_away_or_begins_anew_what_a_parked_start_will_look_for(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """It was brought to its line, and has ended, before that was written down."""
    scene.world.owners[NAME] = Owner("Hub1x1", "Completed", NOON)
    await scene.catalog.add_claim(Claim(NAME, ELSEWHERE, NOON))
    assert (await starts.take(scene.services, WANTED, run)).parked
    scene.world.owners[NAME] = Owner("Hub1x0", "Failed", scene.now())
    with pytest.raises(Unavailable) as told:
        await instances.change(scene.services, NAME, change, run)
    assert (told.value.status, told.value.code) == (503, "instance-parked")
    run.end(park_id(NAME), "Completed", {"state": "forwarded"})
    assert (await instances.change(scene.services, NAME, change, run))[0].status in (200, 202)


async def test_a_change_is_given_up_before_its_id_may_be_another_lines(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(MemoryCatalog(), time.monotonic, ROUTER_FORWARD_SECONDS="0.2")
    await scene.up(run)
    await scene.services.snapshots.refresh()
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    asked = []

    async def never(*request: Any) -> Answer:
        asked.append(request[2])
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(scene.world, "manage", never)
    with pytest.raises(Unavailable) as told:
        await instances.change(scene.services, NAME, Change("POST", "/terminate", {}, b""), run)
    assert (told.value.status, told.value.code) == (504, "upstream-timeout")
    assert asked == [f"instances/{NAME}/terminate"]
