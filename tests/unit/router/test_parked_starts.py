"""What a caller is told of a start that is parked, and how it is ended before it arrives."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from router.instances.service import Change

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Refusal, Unavailable, Unreadable
from router.domain.model import Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import service as instances
from router.lines import actions
from router.ports import Answer, StatusQuery
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import AT
from tests.fakes.scene import NOON, ONE, Scene

NAME = "order-17"
PARKED = park_id(NAME)
TERMINATE = Change("POST", "/terminate", {"reason": "enough"}, b"")
EVENT = Change("POST", "/raiseEvent/go", {}, b"1")
PURGE = Change("DELETE", "", {}, b"")
QUERY = StatusQuery()
REFUSED = {"state": "refused", "detail": "The app refused to start 'order' (status 400)."}


@pytest.fixture
async def scene(run: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With one start parked."""
    monkeypatch.setattr(cancellation, "_GLANCE", 0.0)
    made = Scene(
        MemoryCatalog(), time.monotonic, ROUTER_MARGIN_SECONDS="0", ROUTER_POLL_SECONDS="0.05"
    )
    await made.register()
    await starts.take(
        made.services, StartRequest(RequestedVersion(ONE), "order", NAME, '{"n": 1}'), run
    )
    return made


async def status(scene: Scene, run: Any, query: StatusQuery = QUERY) -> Any:
    return await instances.status(scene.services, NAME, query, run)


async def change(scene: Scene, run: Any, wanted: Change) -> Any:
    return await instances.change(scene.services, NAME, wanted, run)


async def code(scene: Scene, run: Any, wanted: Change) -> str:
    with pytest.raises((Refusal, Unavailable)) as told:
        await change(scene, run, wanted)
    return told.value.code


async def test_a_parked_start_is_pending_and_shows_its_input_only_if_asked(
    scene: Scene, run: Any
) -> None:
    shown = await status(scene, run)
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
    assert (await status(scene, run, StatusQuery(show_input=False)))["input"] is None
    assert await code(scene, run, EVENT) == "instance-parked"
    assert await code(scene, run, PURGE) == "instance-parked"


async def test_a_start_that_its_app_refused_for_good_is_a_failed_instance_until_it_is_purged(
    scene: Scene, run: Any
) -> None:
    run.end(PARKED, "Completed", REFUSED)
    shown = await status(scene, run)
    assert (shown["runtimeStatus"], shown["output"]) == ("Failed", REFUSED["detail"])
    assert shown["customStatus"] is None
    assert await code(scene, run, TERMINATE) == "instance-ended"
    assert await change(scene, run, PURGE) == (Answer(200, {}, b'{"instancesDeleted": 1}'), ONE)
    with pytest.raises(Refusal, match="There is no instance"):
        await status(scene, run)


async def test_a_parked_start_is_terminated_and_never_started(scene: Scene, run: Any) -> None:
    assert await change(scene, run, TERMINATE) == (Answer(202, {}, b""), ONE)
    shown = await status(scene, run)
    assert (shown["runtimeStatus"], shown["output"]) == ("Terminated", "enough")
    line = await scene.services.operations.line(ONE)
    assert line.operation is None
    await comes_up(scene, run)
    order = ParkedStart.from_dict(run.started[PARKED][1])
    assert await parking.lap(scene.services, order, run) == {"state": "withdrawn"}
    assert scene.world.started == []


async def test_a_start_that_is_terminated_while_it_is_forwarded_is_terminated_by_its_app(
    scene: Scene, run: Any
) -> None:
    await comes_up(scene, run)
    order = ParkedStart.from_dict(run.started[PARKED][1])

    async def meanwhile() -> None:
        assert await cancellation.cancel(scene.services, order, "enough", run)

    scene.world.before_a_start = [meanwhile]
    await parking.lap(scene.services, order, run)
    assert scene.world.started == [NAME]
    assert scene.world.work == []  # its app was asked to end it


async def test_one_that_has_arrived_meanwhile_is_not_taken_for_ended(
    scene: Scene, run: Any
) -> None:
    order = ParkedStart.from_dict(run.started[PARKED][1])
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert not await cancellation.cancel(scene.services, order, "enough", run)


async def test_one_that_arrives_after_its_app_has_looked_for_it_is_not_unknown(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await comes_up(scene, run)

    async def arrives(*_: Any) -> Answer:
        scene.world.owners[NAME] = Owner("Hub1x0", "Pending", AT)
        return Answer(404, {}, b"")

    monkeypatch.setattr(scene.world, "manage", arrives)
    await scene.services.snapshots.refresh()
    assert await code(scene, run, EVENT) == "instance-parked"
    run.end(PARKED, "Completed", {"state": "forwarded"})
    assert await code(scene, run, EVENT) == "instance-parked"
    monkeypatch.setattr(scene.world, "owner", never)
    assert await code(scene, run, EVENT) == "unknown-instance"


async def never(instance_id: str) -> None: ...


async def test_an_end_that_is_not_seen_in_time_is_to_be_asked_for_again(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(instance_id: str, reason: str) -> None: ...

    monkeypatch.setattr(run, "terminate", later)
    monkeypatch.setattr(cancellation, "_PATIENCE", 0.05)
    assert await code(scene, run, TERMINATE) == "instance-parked"


async def test_a_lap_of_an_earlier_start_of_the_same_id_leaves_the_later_one_alone(
    scene: Scene, run: Any
) -> None:
    earlier = ParkedStart.from_dict(run.started[PARKED][1])
    later = replace(earlier, start=replace(earlier.start, value="2"))
    assert await cancellation.state_of(scene.services, earlier, run) is ParkedState.PARKED
    run.end(PARKED, "Terminated", "enough")
    assert await cancellation.state_of(scene.services, earlier, run) is ParkedState.WITHDRAWN
    assert await parking.park(later.start, later.ask, run)
    assert await cancellation.state_of(scene.services, earlier, run) is ParkedState.OVER
    assert await cancellation.state_of(scene.services, later, run) is ParkedState.PARKED


async def test_a_lap_that_is_delivered_once_more_leaves_alone_what_it_has_started(
    scene: Scene, run: Any
) -> None:
    await comes_up(scene, run)
    order = ParkedStart.from_dict(run.started[PARKED][1])
    assert await parking.lap(scene.services, order, run) == {"state": "forwarded"}
    run.end(PARKED, "Completed", {"state": "forwarded"})
    there = list(scene.world.work)
    await parking.lap(scene.services, order, run)
    assert (scene.world.started, scene.world.work) == ([NAME], there)
    assert len(there) == 1


async def test_a_start_that_waits_under_the_id_of_an_ended_instance_is_pending(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ended one is another's; nothing is told of it until the start has arrived."""
    run.end(PARKED, "Completed", {"state": "forwarded"})
    ended = {"runtimeStatus": "Completed", "instanceId": NAME}
    scene.world.statuses[NAME] = ended
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    assert await status(scene, run) == ended
    scene.world.pass_time(3600)
    await starts.take(scene.services, StartRequest(RequestedVersion(ONE), "order", NAME, "2"), run)
    assert (await status(scene, run))["runtimeStatus"] == "Pending"
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", AT)
    assert await status(scene, run) == ended


async def test_the_line_of_a_callers_id_is_told_as_far_as_it_can_be(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = instances.told_line
    assert await told(scene.services, NAME) == ONE
    assert await told(scene.services, "2-3-" + "0" * 32) == LineId(2, 3)
    assert await told(scene.services, "nobody") is None

    async def away(instance_id: str) -> None:
        raise Unreadable(instance_id)

    monkeypatch.setattr(scene.catalog, "claim", away)
    assert await told(scene.services, NAME) is None


async def test_an_app_is_sent_a_few_at_once_of_the_starts_that_wait_for_it(
    scene: Scene, run: Any
) -> None:
    services = replace(scene.services, turns=Limits(scene.services.monotonic, sent=3))
    await comes_up(scene, run)
    at_once: list[int] = [0]

    async def slowly() -> None:
        at_once.append(at_once[-1] + 1)
        await asyncio.sleep(0.01)
        at_once.append(at_once[-1] - 1)

    scene.world.before_a_start = [slowly]
    names = [f"order-{number}" for number in range(40)]
    for name in names:
        await parking.park(Start("order", name, "1", NOON), RequestedVersion(ONE), run)
    parked = [ParkedStart.from_dict(run.started[park_id(name)][1]) for name in names]
    ends = await asyncio.gather(*(parking.lap(services, each, run) for each in parked))
    assert ends == [{"state": "forwarded"}] * len(names)
    assert max(at_once) == 3
    assert sorted(scene.world.started) == sorted(names)


async def test_who_is_not_among_the_first_looks_the_more_rarely_the_longer_it_has_waited(
    scene: Scene, run: Any
) -> None:
    services = replace(scene.services, turns=Limits(scene.services.monotonic, waiting=0))
    order = ParkedStart.from_dict(run.started[PARKED][1])
    pauses = []
    for passed in (0, 30, 50, 400):
        scene.world.pass_time(passed)
        outcome = await parking.lap(services, order, run)
        pauses.append(outcome["seconds"])
        assert outcome["state"] == "waiting"
    assert pauses == [5.0, 7.5, 20.0, 60.0]


async def comes_up(scene: Scene, run: Any) -> None:
    await actions.revive(scene.services, ONE, run)
    await scene.settled(run)
