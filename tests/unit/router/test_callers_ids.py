"""What a start under a caller's id does to the id, and to what runs under it already."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from router import instances, orders, parking, starts
from router.core.errors import Changed, Refusal, Unavailable
from router.core.instance_id import make
from router.core.model import Claim, Owner
from router.core.names import park_id
from router.core.version import Ask, LineId
from router.instances import Change
from router.parked import Order
from router.ports import Answer
from router.starts import Wanted
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import RememberedOrchestrations
from tests.fakes.scene import NOON, ONE, Scene

NAME = "order-17"
WANTED = Wanted(Ask(ONE), "order", NAME, "1")
ELSEWHERE = LineId(1, 1)
IN_FLIGHT = 28.0  # seconds: to forward a start, and the margin


@pytest.fixture
def run() -> Any:
    return RememberedOrchestrations()


@pytest.fixture
async def scene(run: Any) -> Scene:
    """Its line is up."""
    made = Scene(MemoryCatalog(), time.monotonic)
    await made.up(run)
    await made.services.snapshots.refresh()
    return made


@pytest.fixture
async def former(scene: Scene) -> Claim:
    """Of the id, whose instance has ended."""
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    return await scene.catalog.add_claim(Claim(NAME, ONE, NOON))


async def waiting() -> Scene:
    """Its line is not up."""
    made = Scene(MemoryCatalog(), time.monotonic, ROUTER_POLL_SECONDS="0.05")
    await made.register()
    return made


async def comes_up(scene: Scene, run: Any) -> None:
    await orders.revive(scene.services, ONE, run)
    await scene.settled(run)
    await scene.services.snapshots.refresh()


async def lap(scene: Scene, run: Any) -> dict[str, Any]:
    order = Order.from_dict(run.started[park_id(NAME)][1])
    return await parking.lap(scene.services, order, run)


async def held(scene: Scene) -> Claim:
    claim = await scene.catalog.claim(NAME)
    assert claim is not None
    return claim


async def refused(scene: Scene, run: Any) -> str:
    with pytest.raises(Refusal) as told:
        await starts.take(scene.services, WANTED, run)
    return told.value.code


async def test_nothing_is_sent_under_the_id_of_what_runs(scene: Scene, run: Any) -> None:
    """Should that continue as new meanwhile, it would be taken for the caller's own."""
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert await refused(scene, run) == "instance-exists"
    assert scene.world.started == []


async def test_a_refused_start_leaves_the_claim_as_it_was(
    scene: Scene, run: Any, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        assert (await held(scene)).before == NOON
        return Answer(400, {}, b"")

    monkeypatch.setattr(scene.world, "start", unwanted)
    assert await refused(scene, run) == "start-refused"
    assert replace(await held(scene), etag=former.etag) == former


async def test_unless_somebody_has_claimed_it_since(
    scene: Scene, run: Any, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        await scene.catalog.replace_claim(await held(scene))
        return Answer(400, {}, b"")

    monkeypatch.setattr(scene.world, "start", unwanted)
    assert await refused(scene, run) == "start-refused"
    assert (await held(scene)).before == NOON


async def test_a_start_that_took_too_long_to_park_leaves_the_id_to_the_line_that_has_it_by_then(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim was given up for void; a start of the other line may be running."""
    scene = await waiting()
    park = run.start

    async def slowly(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        scene.world.pass_time(IN_FLIGHT + 1)
        await scene.catalog.replace_claim(replace(await held(scene), line=ELSEWHERE))
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(run, "start", slowly)
    assert await refused(scene, run) == "id-taken"
    monkeypatch.undo()
    await comes_up(scene, run)
    assert await lap(scene, run) == {"state": "withdrawn"}
    assert scene.world.started == []
    assert (await held(scene)).line == ELSEWHERE


async def test_who_looked_before_a_start_was_parked_does_not_get_its_id(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await waiting()
    park, seen = run.start, []

    async def watched(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        seen.append(await held(scene))
        scene.world.pass_time(IN_FLIGHT + 1)
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(run, "start", watched)
    await starts.take(scene.services, WANTED, run)
    monkeypatch.undo()
    seen.append(await held(scene))
    await comes_up(scene, run)
    assert await lap(scene, run) == {"state": "forwarded"}
    for claim in seen:
        with pytest.raises(Changed):
            await scene.catalog.replace_claim(replace(claim, line=ELSEWHERE))


async def test_a_parked_start_claims_its_id_again_in_a_catalog_that_was_rebuilt(run: Any) -> None:
    scene = await waiting()
    await starts.take(scene.services, WANTED, run)
    await scene.catalog.drop_claim(await held(scene))
    await comes_up(scene, run)
    assert await lap(scene, run) == {"state": "forwarded"}
    assert (await held(scene)).line == ONE


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
    outcome = await lap(scene, run)
    assert (outcome["state"], outcome["seconds"]) == ("waiting", IN_FLIGHT)
    assert "another line's" in outcome["why"]
    scene.world.pass_time(IN_FLIGHT - 1)
    assert (await lap(scene, run))["seconds"] == 1
    assert scene.world.started == []
    scene.world.pass_time(1)
    assert await lap(scene, run) == {"state": "forwarded"}
    assert scene.world.started == [NAME]


async def test_an_id_of_the_routers_own_making_is_started_once_also_when_that_has_ended(
    scene: Scene, run: Any
) -> None:
    """Who gives it asks once more, after an answer that left it open."""
    again = replace(WANTED, given_id=make(ONE, "0" * 32))
    assert not (await starts.take(scene.services, again, run)).parked
    owner = scene.world.owners[str(again.given_id)]
    for status in ("Running", "Completed"):
        scene.world.owners[str(again.given_id)] = replace(owner, runtime_status=status)
        with pytest.raises(Refusal, match="exists already"):
            await starts.take(scene.services, again, run)


async def test_a_start_whose_parking_was_not_answered_is_looked_for(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await waiting()
    park = run.start

    async def unanswered(*order: Any) -> bool:
        await park(*order)
        raise Unavailable("hub-unavailable", "The hub is away.")

    monkeypatch.setattr(run, "start", unanswered)
    assert (await starts.take(scene.services, WANTED, run)).parked


async def test_a_start_of_which_nobody_knows_whether_it_is_parked_is_told_its_id_to_ask_again(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await waiting()

    async def away(*_: Any) -> bool:
        raise Unavailable("hub-unavailable", "The hub is away.")

    monkeypatch.setattr(run, "start", away)
    with pytest.raises(Unavailable) as told:
        await starts.take(scene.services, replace(WANTED, given_id=None), run)
    assert (told.value.status, told.value.code) == (503, "start-uncertain")
    monkeypatch.undo()
    again = replace(WANTED, given_id=told.value.fields["instanceId"])
    assert (await starts.take(scene.services, again, run)).parked


async def test_a_start_that_is_parked_under_an_id_of_the_routers_own_is_not_sent_beside_it(
    run: Any,
) -> None:
    scene = await waiting()
    taken = await starts.take(scene.services, replace(WANTED, given_id=None), run)
    await comes_up(scene, run)
    with pytest.raises(Refusal, match="exists already"):
        await starts.take(scene.services, replace(WANTED, given_id=taken.instance_id), run)
    assert scene.world.started == []


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
