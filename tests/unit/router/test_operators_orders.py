"""What operators order is done once, whoever orders it again; a line left alone goes by itself."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Owner
from router.lines import actions, monitor, retention
from router.ports import Answer
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import ONE, Scene
from tests.fakes.world import HELD, INSTANCE, VISIBLE

DAY = 86_400


@pytest.fixture
async def scene(run: Any) -> Scene:
    """A line in service."""
    made = Scene(MemoryCatalog())
    assert (await made.up(run)).state is LineState.ACTIVE
    return made


async def watched(scene: Scene, run: Any) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)
        await scene.settled(run)
    return await scene.services.operations.line(ONE)


def busy(scene: Scene) -> None:
    """An instance runs."""
    scene.world.add_work()
    scene.world.move(VISIBLE, HELD)
    scene.world.move(HELD, INSTANCE)


async def told(scene: Scene) -> list[str]:
    return [event.what for event in await scene.catalog.events(ONE)]


async def test_a_drain_ordered_twice_is_one_and_sees_that_somebody_watches(
    scene: Scene, run: Any
) -> None:
    run.running.clear()  # as after the loss of the router's own hub
    for _ in range(2):
        taken = await actions.drain(scene.services, ONE, run)
        assert (taken.line.state, taken.operation) == (LineState.DRAINING, None)
    assert (await told(scene)).count("draining: ordered") == 1
    assert "monitor-1-0" in run.running


async def test_a_drained_line_that_is_left_alone_goes_and_its_proof_stays(
    scene: Scene, run: Any
) -> None:
    await actions.drain(scene.services, ONE, run)
    line = await watched(scene, run)
    assert (line.state, scene.world.has_app, scene.world.deleted) == (LineState.RETIRED, False, 1)
    assert line.teardown_report is not None
    assert line.teardown_report.until == line.teardown_report.at + timedelta(days=30)
    assert line.teardown_report.absent[1:] == ("queues",)
    again = await actions.retire(scene.services, ONE, run)
    assert again.operation == line.retirement == "retire-1-0-2"
    assert "retain-1-0" in run.running


async def test_a_busy_line_is_not_retired_and_the_refusal_names_what_holds_it(
    scene: Scene, run: Any
) -> None:
    busy(scene)
    await actions.drain(scene.services, ONE, run)
    assert (await watched(scene, run)).state is LineState.DRAINING
    with pytest.raises(Refusal) as refused:
        await actions.retire(scene.services, ONE, run)
    assert (refused.value.status, refused.value.code) == (409, "not-drained")
    assert [why["instanceId"] for why in refused.value.fields["drain"]["why"]] == ["w1"]
    assert "f w1 is Running" in refused.value.detail


async def test_a_line_that_is_kept_goes_when_an_operator_says_so_and_only_once(run: Any) -> None:
    scene = Scene(MemoryCatalog(), ROUTER_KEEP_LINES="1")
    await scene.up(run)
    await actions.drain(scene.services, ONE, run)
    assert (await watched(scene, run)).state is LineState.DRAINING
    both = [actions.retire(scene.services, ONE, run) for _ in range(2)]
    taken = await asyncio.gather(*both)
    assert [each.operation for each in taken] == ["retire-1-0-2", "retire-1-0-2"]
    assert (await scene.settled(run)).state is LineState.RETIRED


async def test_a_line_that_is_put_back_before_its_fence_stays(scene: Scene, run: Any) -> None:
    await actions.drain(scene.services, ONE, run)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)
    held = await scene.services.operations.line(ONE)
    assert (held.state, held.operation) == (LineState.DRAINING, "retire-1-0-2")
    await actions.undrain(scene.services, ONE, run)
    line = await scene.settled(run)
    assert (line.state, scene.world.has_app) == (LineState.ACTIVE, True)
    assert line.error is not None
    assert "Line 1.0 is active and is to stay" in line.error


async def test_what_a_retired_line_left_waits_for_its_time_and_then_goes(
    scene: Scene, run: Any
) -> None:
    await actions.drain(scene.services, ONE, run)
    await watched(scene, run)
    assert await retention.watch(scene.services, ONE, run) == 3600
    scene.world.pass_time(30 * DAY - 100)
    assert await retention.watch(scene.services, ONE, run) == pytest.approx(98, abs=3)
    scene.world.pass_time(100)
    assert await retention.watch(scene.services, ONE, run) == 60
    line = await scene.settled(run)
    assert (line.state, scene.world.swept) == (LineState.RETIRED, ["rows", "large messages"])
    assert line.teardown_report is not None
    assert line.teardown_report.remains == ()
    assert await retention.watch(scene.services, ONE, run) is None


async def test_what_a_line_left_is_left_alone_when_the_line_is_back(scene: Scene, run: Any) -> None:
    await actions.drain(scene.services, ONE, run)
    await watched(scene, run)
    revived = await actions.revive(scene.services, ONE, run)
    again = await actions.revive(scene.services, ONE, run)
    assert revived.operation == again.operation == "provision-1-0-3"
    scene.world.pass_time(60 * DAY)
    assert await retention.watch(scene.services, ONE, run) is None
    assert (await scene.settled(run)).state is LineState.ACTIVE
    assert await retention.watch(scene.services, ONE, run) is None
    assert scene.world.swept == []


async def test_work_that_does_not_end_is_told_and_then_ended_each_time_as_an_event(
    run: Any,
) -> None:
    deadlines = {"ROUTER_DRAIN_WARN_SECONDS": "600", "ROUTER_DRAIN_TERMINATE_SECONDS": "1200"}
    scene = Scene(MemoryCatalog(), **deadlines)
    await scene.up(run)
    busy(scene)
    await actions.drain(scene.services, ONE, run)
    scene.world.pass_time(700)
    for _ in range(3):
        await monitor.watch(scene.services, ONE, run)
    assert len([what for what in await told(scene) if "it still drains" in what]) == 1
    scene.world.pass_time(600)
    await monitor.watch(scene.services, ONE, run)
    assert scene.world.work == []
    assert any(what.startswith("terminated f w1: it was Running") for what in await told(scene))
    assert (await scene.services.operations.line(ONE)).closed
    assert (await watched(scene, run)).state is LineState.RETIRED


async def overdue(scene: Scene, run: Any) -> None:
    """A draining line whose deadline is over, with two instances."""
    await scene.up(run)
    busy(scene)
    busy(scene)
    await actions.drain(scene.services, ONE, run)
    scene.world.pass_time(1300)


async def test_a_deadline_leaves_alone_what_another_line_has_begun_under_the_id_since(
    run: Any,
) -> None:
    scene = Scene(MemoryCatalog(), ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(scene, run)
    scene.world.owners["w1"] = Owner("Hub1x1", "Running", scene.now())
    await monitor.watch(scene.services, ONE, run)
    assert [each.name for each in scene.world.work] == ["w1"]


async def test_an_undrain_stops_a_deadline_that_is_at_work(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(MemoryCatalog(), ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(scene, run)
    manage = scene.world.manage

    async def undrained(*request: Any) -> Answer:
        await actions.undrain(scene.services, ONE, run)
        return await manage(*request)

    monkeypatch.setattr(scene.world, "manage", undrained)
    await monitor.watch(scene.services, ONE, run)
    assert [each.name for each in scene.world.work] == ["w2"]
