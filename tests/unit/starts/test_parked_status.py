"""What a caller is told of a start that is parked, and how it is ended before it arrives."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Refusal, Unavailable, Unreadable
from router.domain.model import Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.instances.changes import Changed
from router.instances.owner import line_id_of
from router.instances.status import status as status_of
from router.line_rows import get_line
from router.lines import actions
from router.ports import Answer, StatusQuery
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.outcomes import Cancelled, Forwarded, Waiting
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import AT
from tests.fakes.scene import NOON, ONE, Scene

NAME = "order-17"
PARKED = park_id(NAME)
TERMINATE = partial(changes.terminate, reason="enough")
EVENT = partial(changes.raise_event, name="go", body=b"1")
PURGE = changes.purge
QUERY = StatusQuery()
REFUSED = {"state": "rejected", "detail": "The app refused to start 'order' (status 400)."}


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With one start parked."""
    monkeypatch.setattr(cancellation, "_POLL", 0.0)
    made = Scene(
        MemoryCatalog(), time.monotonic, ROUTER_MARGIN_SECONDS="0", ROUTER_POLL_SECONDS="0.05"
    )
    await made.register()
    await starts.accept(
        made.context, StartRequest(RequestedVersion(ONE), "order", NAME, '{"n": 1}')
    )
    return made


async def status(scene: Scene, query: StatusQuery = QUERY) -> Any:
    return await status_of(scene.context, NAME, query)


async def change(scene: Scene, wanted: Any) -> Any:
    return await wanted(scene.context, NAME)


async def code(scene: Scene, wanted: Any) -> str:
    with pytest.raises((Refusal, Unavailable)) as told:
        await change(scene, wanted)
    return told.value.code


async def test_a_parked_start_is_pending_and_shows_its_input_only_if_asked(scene: Scene) -> None:
    shown = await status(scene)
    assert shown == {
        "name": "order",
        "instanceId": NAME,
        "runtimeStatus": "Pending",
        "input": {"n": 1},
        "customStatus": {
            "router": {
                "line": "1.0",
                "waitingFor": "provisioning",
                "since": "2026-11-22T12:00:00Z",
                "step": None,
            }
        },
        "output": None,
        "createdTime": "2026-11-22T12:00:00Z",
        "lastUpdatedTime": "2026-11-22T13:00:00Z",
    }
    assert (await status(scene, StatusQuery(show_input=False)))["input"] is None
    assert await code(scene, EVENT) == "instance-parked"
    assert await code(scene, PURGE) == "instance-parked"


async def test_a_start_that_its_app_refused_for_good_is_a_failed_instance_until_it_is_purged(
    scene: Scene,
) -> None:
    scene.orchestrations.end(PARKED, "Completed", REFUSED)
    shown = await status(scene)
    assert (shown["runtimeStatus"], shown["output"]) == ("Failed", REFUSED["detail"])
    assert shown["customStatus"] is None
    assert await code(scene, TERMINATE) == "instance-ended"
    assert await change(scene, PURGE) == Changed(Answer(200, {}, b'{"instancesDeleted": 1}'), ONE)
    with pytest.raises(Refusal, match="There is no instance"):
        await status(scene)


async def test_a_parked_start_is_terminated_and_never_started(scene: Scene) -> None:
    assert await change(scene, TERMINATE) == Changed(Answer(202, {}, b""), ONE)
    shown = await status(scene)
    assert (shown["runtimeStatus"], shown["output"]) == ("Terminated", "enough")
    line = await get_line(scene.context.catalog, ONE)
    assert line.operation is None
    await comes_up(scene)
    order = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])
    assert await parking.bring_to_line(scene.context, order) == Cancelled()
    assert scene.world.started == []


async def test_a_start_that_is_terminated_while_it_is_forwarded_is_terminated_by_its_app(
    scene: Scene,
) -> None:
    await comes_up(scene)
    order = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])

    async def meanwhile() -> None:
        assert await cancellation.cancel(scene.context, order, "enough")

    scene.world.before_a_start = [meanwhile]
    await parking.bring_to_line(scene.context, order)
    assert scene.world.started == [NAME]
    assert scene.world.work == []  # its app was asked to end it


async def test_one_that_has_arrived_meanwhile_is_not_taken_for_ended(scene: Scene) -> None:
    order = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert not await cancellation.cancel(scene.context, order, "enough")


async def test_one_that_arrives_after_its_app_has_looked_for_it_is_not_unknown(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await comes_up(scene)

    async def arrives(*_: Any) -> Answer:
        scene.world.owners[NAME] = Owner("Hub1x0", "Pending", AT)
        return Answer(404, {}, b"")

    monkeypatch.setattr(scene.world, "manage", arrives)
    await scene.context.snapshots.refresh()
    assert await code(scene, EVENT) == "instance-parked"
    scene.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    assert await code(scene, EVENT) == "instance-parked"
    monkeypatch.setattr(scene.world, "owner", never)
    assert await code(scene, EVENT) == "unknown-instance"


async def never(instance_id: str) -> None: ...


async def test_an_end_that_is_not_seen_in_time_is_to_be_asked_for_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(instance_id: str, reason: str) -> None: ...

    monkeypatch.setattr(scene.orchestrations, "terminate", later)
    monkeypatch.setattr(cancellation, "_PATIENCE", 0.05)
    assert await code(scene, TERMINATE) == "instance-parked"


async def test_a_lap_of_an_earlier_start_of_the_same_id_leaves_the_later_one_alone(
    scene: Scene,
) -> None:
    earlier = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])
    later = replace(earlier, start=replace(earlier.start, value="2"))
    assert await cancellation.state_of(scene.context, earlier) is ParkedState.PARKED
    scene.orchestrations.end(PARKED, "Terminated", "enough")
    assert await cancellation.state_of(scene.context, earlier) is ParkedState.CANCELLED
    assert await parking.park(scene.context, later.start, later.requested)
    assert await cancellation.state_of(scene.context, earlier) is ParkedState.OVER
    assert await cancellation.state_of(scene.context, later) is ParkedState.PARKED


async def test_a_lap_that_is_delivered_once_more_leaves_alone_what_it_has_started(
    scene: Scene,
) -> None:
    await comes_up(scene)
    order = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])
    assert await parking.bring_to_line(scene.context, order) == Forwarded()
    scene.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    there = list(scene.world.work)
    await parking.bring_to_line(scene.context, order)
    assert (scene.world.started, scene.world.work) == ([NAME], there)
    assert len(there) == 1


async def test_a_start_that_waits_under_the_id_of_an_ended_instance_is_pending(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ended one is another's; nothing is told of it until the start has arrived."""
    scene.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    ended = {"runtimeStatus": "Completed", "instanceId": NAME}
    scene.world.statuses[NAME] = ended
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    assert await status(scene) == ended
    scene.world.pass_time(3600)
    await starts.accept(scene.context, StartRequest(RequestedVersion(ONE), "order", NAME, "2"))
    assert (await status(scene))["runtimeStatus"] == "Pending"
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", AT)
    assert await status(scene) == ended


async def test_the_line_of_a_callers_id_is_told_as_far_as_it_can_be(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = line_id_of
    assert await told(scene.context, NAME) == ONE
    assert await told(scene.context, "2-3-" + "0" * 32) == LineId(2, 3)
    assert await told(scene.context, "nobody") is None

    async def away(instance_id: str) -> None:
        raise Unreadable(instance_id)

    monkeypatch.setattr(scene.catalog, "claim", away)
    assert await told(scene.context, NAME) is None


async def test_an_app_is_sent_a_few_at_once_of_the_starts_that_wait_for_it(scene: Scene) -> None:
    context = replace(scene.context, limits=Limits(scene.context.monotonic, sending=3))
    await comes_up(scene)
    at_once: list[int] = [0]

    async def slowly() -> None:
        at_once.append(at_once[-1] + 1)
        await asyncio.sleep(0.01)
        at_once.append(at_once[-1] - 1)

    scene.world.before_a_start = [slowly]
    names = [f"order-{number}" for number in range(40)]
    for name in names:
        await parking.park(scene.context, Start("order", name, "1", NOON), RequestedVersion(ONE))
    parked = [
        ParkedStart.from_dict(scene.orchestrations.started[park_id(name)][1]) for name in names
    ]
    ends = await asyncio.gather(*(parking.bring_to_line(context, each) for each in parked))
    assert ends == [Forwarded()] * len(names)
    assert max(at_once) == 3
    assert sorted(scene.world.started) == sorted(names)


async def test_who_is_not_among_the_first_looks_the_more_rarely_the_longer_it_has_waited(
    scene: Scene,
) -> None:
    context = replace(scene.context, limits=Limits(scene.context.monotonic, waiting=0))
    order = ParkedStart.from_dict(scene.orchestrations.started[PARKED][1])
    pauses = []
    for passed in (0, 30, 50, 400):
        scene.world.pass_time(passed)
        outcome = await parking.bring_to_line(context, order)
        pauses.append(outcome.seconds)
        assert isinstance(outcome, Waiting)
    assert pauses == [5.0, 7.5, 20.0, 60.0]


async def comes_up(scene: Scene) -> None:
    await actions.revive(scene.context, ONE)
    await scene.settled()
