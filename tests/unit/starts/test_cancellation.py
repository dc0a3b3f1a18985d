"""After a parked start was ended its id is free once nothing of it can come any more."""

import asyncio
import itertools
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Unavailable, Unreadable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.lines import actions
from router.ports import Answer
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.outcomes import Cancelled, Superseded
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import AcceptedStart, StartRequest
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

NAME = "order-17"
AGAIN = StartRequest(RequestedVersion(ONE), "order", NAME, "2")
TERMINATE = partial(changes.terminate, reason="enough")
PURGE = changes.purge
LONG = 3600.0


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With one start that was ended while it was parked, a moment ago, and its line up since."""
    monkeypatch.setattr(cancellation, "_POLL", 0.0)
    made = Scene(
        MemoryCatalog(), time.monotonic, ROUTER_MARGIN_SECONDS="0.2", ROUTER_POLL_SECONDS="0.05"
    )
    made.orchestrations.at = NOON
    await made.register()
    await starts.accept(made.context, StartRequest(RequestedVersion(ONE), "order", NAME, "1"))
    await TERMINATE(made.context, NAME)
    await actions.revive(made.context, ONE)
    await made.settled()
    await made.context.snapshots.refresh()
    return made


def order(scene: Scene) -> ParkedStart:
    return ParkedStart.from_dict(scene.orchestrations.started[park_id(NAME)][1])


async def asleep(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> asyncio.Task[Any]:
    """A lap that waits for what may be late: it has looked for it, and not found it."""
    has_looked, look = asyncio.Event(), scene.context.forwarding.has_arrived

    async def looked(start: Start) -> bool:
        has_looked.set()
        return await look(start)

    monkeypatch.setattr(scene.context.forwarding, "has_arrived", looked)
    lap = asyncio.create_task(parking.bring_to_line(scene.context, order(scene)))
    await has_looked.wait()
    assert not lap.done()
    return lap


async def turned_away(scene: Scene) -> Unavailable:
    with pytest.raises(Unavailable) as told:
        await starts.accept(scene.context, AGAIN)
    assert (told.value.status, told.value.code) == (503, "id-withdrawn")
    return told.value


async def test_the_id_of_a_start_that_was_ended_is_free_a_while_later(scene: Scene) -> None:
    after = (await turned_away(scene)).retry_after
    assert after is not None
    scene.world.pass_time(after - 2)
    await turned_away(scene)
    assert scene.world.started == []
    scene.world.pass_time(2)
    assert await starts.accept(scene.context, AGAIN) == AcceptedStart(NAME, ONE, "1.0.2", False)


async def test_nor_has_another_line_the_id_sooner(scene: Scene) -> None:
    """However long ago it was claimed: it was parked until now."""
    held = await scene.catalog.claim(NAME)
    assert held is not None
    await scene.catalog.replace_claim(
        Claim(NAME, LineId(1, 1), NOON.replace(hour=1), etag=held.etag)
    )
    await turned_away(scene)


async def test_what_is_known_of_it_is_not_purged_sooner(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> Answer:
        return Answer(404, {}, b"")

    monkeypatch.setattr(scene.world, "manage", unknown)
    with pytest.raises(Unavailable) as told:
        await PURGE(scene.context, NAME)
    assert told.value.code == "id-withdrawn"
    await turned_away(scene)
    scene.world.pass_time(LONG)
    assert (await PURGE(scene.context, NAME)).answer.status == 200


async def test_a_lap_that_is_delivered_once_more_leaves_a_later_start_alone(scene: Scene) -> None:
    ended = order(scene)
    assert await cancellation.state_of(scene.context, ended) is ParkedState.CANCELLED
    scene.world.pass_time(LONG)
    await starts.accept(scene.context, AGAIN)
    assert await parking.bring_to_line(scene.context, ended) == Superseded()
    assert [each.name for each in scene.world.work] == [NAME]


async def test_a_lap_that_slept_too_long_leaves_a_later_start_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(scene, monkeypatch)
    scene.world.pass_time(LONG)
    await starts.accept(scene.context, AGAIN)
    await lap
    assert [each.name for each in scene.world.work] == [NAME]


async def test_one_that_arrives_late_is_ended(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(scene, monkeypatch)
    await scene.world.start(None, "order", NAME)
    assert await lap == Cancelled()
    assert scene.world.work == []


async def test_it_is_ended_also_if_the_store_was_away_at_the_first_look(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = itertools.count(), scene.world.owner

    async def owner(instance_id: str) -> Owner | None:
        if next(looks) == 0:
            raise Unreadable(instance_id)
        return await look(instance_id)

    await scene.world.start(None, "order", NAME)
    monkeypatch.setattr(scene.world, "owner", owner)
    assert await parking.bring_to_line(scene.context, order(scene)) == Cancelled()
    assert scene.world.work == []


async def test_those_that_were_ended_keep_no_other_from_being_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.context = replace(scene.context, limits=Limits(scene.context.monotonic, sending=1))
    lap = await asleep(scene, monkeypatch)
    async with scene.context.limits.sending_slot(ONE) as is_due:
        assert is_due
        assert not lap.done()
    await lap
