"""After a parked start was ended its id is free once nothing of it can come any more."""

import asyncio
import itertools
import time
from dataclasses import replace
from typing import Any

import pytest
from router.instances.service import Change

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Unavailable, Unreadable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import service as instances
from router.lines import actions
from router.ports import Answer
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest, Taken
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import RememberedOrchestrations
from tests.fakes.scene import NOON, ONE, Scene

NAME = "order-17"
AGAIN = StartRequest(RequestedVersion(ONE), "order", NAME, "2")
TERMINATE = Change("POST", "/terminate", {"reason": "enough"}, b"")
PURGE = Change("DELETE", "", {}, b"")
LONG = 3600.0


@pytest.fixture
def run() -> Any:
    made = RememberedOrchestrations()
    made.at = NOON
    return made


@pytest.fixture
async def scene(run: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With one start that was ended while it was parked, a moment ago, and its line up since."""
    monkeypatch.setattr(cancellation, "_GLANCE", 0.0)
    made = Scene(
        MemoryCatalog(), time.monotonic, ROUTER_MARGIN_SECONDS="0.2", ROUTER_POLL_SECONDS="0.05"
    )
    await made.register()
    await starts.take(made.services, StartRequest(RequestedVersion(ONE), "order", NAME, "1"), run)
    await instances.change(made.services, NAME, TERMINATE, run)
    await actions.revive(made.services, ONE, run)
    await made.settled(run)
    await made.services.snapshots.refresh()
    return made


def order(run: Any) -> ParkedStart:
    return ParkedStart.from_dict(run.started[park_id(NAME)][1])


async def asleep(scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch) -> asyncio.Task[Any]:
    """A lap that waits for what may be late: it has looked for it, and not found it."""
    has_looked, look = asyncio.Event(), scene.services.forwarding.is_there

    async def looked(start: Start) -> bool:
        has_looked.set()
        return await look(start)

    monkeypatch.setattr(scene.services.forwarding, "is_there", looked)
    lap = asyncio.create_task(parking.lap(scene.services, order(run), run))
    await has_looked.wait()
    assert not lap.done()
    return lap


async def turned_away(scene: Scene, run: Any) -> Unavailable:
    with pytest.raises(Unavailable) as told:
        await starts.take(scene.services, AGAIN, run)
    assert (told.value.status, told.value.code) == (503, "id-withdrawn")
    return told.value


async def test_the_id_of_a_start_that_was_ended_is_free_a_while_later(
    scene: Scene, run: Any
) -> None:
    after = (await turned_away(scene, run)).retry_after
    assert after is not None
    scene.world.pass_time(after - 2)
    await turned_away(scene, run)
    assert scene.world.started == []
    scene.world.pass_time(2)
    assert await starts.take(scene.services, AGAIN, run) == Taken(NAME, ONE, "1.0.2", False)


async def test_nor_has_another_line_the_id_sooner(scene: Scene, run: Any) -> None:
    """However long ago it was claimed: it was parked until now."""
    held = await scene.catalog.claim(NAME)
    assert held is not None
    await scene.catalog.replace_claim(
        Claim(NAME, LineId(1, 1), NOON.replace(hour=1), etag=held.etag)
    )
    await turned_away(scene, run)


async def test_what_is_known_of_it_is_not_purged_sooner(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> Answer:
        return Answer(404, {}, b"")

    monkeypatch.setattr(scene.world, "manage", unknown)
    with pytest.raises(Unavailable) as told:
        await instances.change(scene.services, NAME, PURGE, run)
    assert told.value.code == "id-withdrawn"
    await turned_away(scene, run)
    scene.world.pass_time(LONG)
    assert (await instances.change(scene.services, NAME, PURGE, run))[0].status == 200


async def test_a_lap_that_is_delivered_once_more_leaves_a_later_start_alone(
    scene: Scene, run: Any
) -> None:
    ended = order(run)
    assert await cancellation.state_of(scene.services, ended, run) is ParkedState.WITHDRAWN
    scene.world.pass_time(LONG)
    await starts.take(scene.services, AGAIN, run)
    assert await parking.lap(scene.services, ended, run) == {"state": "over"}
    assert [each.name for each in scene.world.work] == [NAME]


async def test_a_lap_that_slept_too_long_leaves_a_later_start_alone(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(scene, run, monkeypatch)
    scene.world.pass_time(LONG)
    await starts.take(scene.services, AGAIN, run)
    await lap
    assert [each.name for each in scene.world.work] == [NAME]


async def test_one_that_arrives_late_is_ended(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(scene, run, monkeypatch)
    await scene.world.start(None, "order", NAME)
    assert await lap == {"state": "withdrawn"}
    assert scene.world.work == []


async def test_it_is_ended_also_if_the_store_was_away_at_the_first_look(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = itertools.count(), scene.world.owner

    async def owner(instance_id: str) -> Owner | None:
        if next(looks) == 0:
            raise Unreadable(instance_id)
        return await look(instance_id)

    await scene.world.start(None, "order", NAME)
    monkeypatch.setattr(scene.world, "owner", owner)
    assert await parking.lap(scene.services, order(run), run) == {"state": "withdrawn"}
    assert scene.world.work == []


async def test_those_that_were_ended_keep_no_other_from_being_sent(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.services = replace(scene.services, turns=Limits(scene.services.monotonic, sent=1))
    lap = await asleep(scene, run, monkeypatch)
    async with scene.services.turns.to_be_sent(ONE) as is_due:
        assert is_due
        assert not lap.done()
    await lap
