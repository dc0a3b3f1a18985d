"""What operators order is done once, whoever orders it again; a line left alone goes by itself."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Owner
from router.line_rows import get_line
from router.lines import actions, monitor, retention
from router.ports import Answer
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import ONE, Scene
from tests.fakes.world import HELD, INSTANCE, VISIBLE

DAY = 86_400


@pytest.fixture
async def scene() -> Scene:
    """A line in service."""
    made = Scene(MemoryCatalog())
    assert (await made.up()).state is LineState.ACTIVE
    return made


async def watched(scene: Scene) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)
        await scene.settled()
    return await get_line(scene.context.catalog, ONE)


def busy(scene: Scene) -> None:
    """An instance runs."""
    scene.world.add_work()
    scene.world.move(VISIBLE, HELD)
    scene.world.move(HELD, INSTANCE)


async def told(scene: Scene) -> list[str]:
    return [event.what for event in await scene.catalog.events(ONE)]


async def test_a_drain_ordered_twice_is_one_and_sees_that_somebody_watches(scene: Scene) -> None:
    scene.orchestrations.running.clear()  # as after the loss of the router's own hub
    for _ in range(2):
        taken = await actions.drain(scene.context, ONE)
        assert (taken.line.state, taken.operation) == (LineState.DRAINING, None)
    assert (await told(scene)).count("draining: requested by an operator") == 1
    assert "monitor-1-0" in scene.orchestrations.running


async def test_a_drained_line_that_is_left_alone_goes_and_its_proof_stays(scene: Scene) -> None:
    await actions.drain(scene.context, ONE)
    line = await watched(scene)
    assert (line.state, scene.world.has_app, scene.world.deleted) == (LineState.RETIRED, False, 1)
    assert line.teardown_report is not None
    assert line.teardown_report.until == line.teardown_report.at + timedelta(days=30)
    assert line.teardown_report.absent[1:] == ("queues",)
    again = await actions.retire(scene.context, ONE)
    assert again.operation == line.retirement == "retire-1-0-2"
    assert "retain-1-0" in scene.orchestrations.running


async def test_a_busy_line_is_not_retired_and_the_refusal_names_what_holds_it(scene: Scene) -> None:
    busy(scene)
    await actions.drain(scene.context, ONE)
    assert (await watched(scene)).state is LineState.DRAINING
    with pytest.raises(Refusal) as refused:
        await actions.retire(scene.context, ONE)
    assert (refused.value.status, refused.value.code) == (409, "not-drained")
    assert [each.instance_id for each in refused.value.fields["drain"].blockers] == ["w1"]
    assert "f w1 is Running" in refused.value.detail


async def test_a_line_that_is_kept_goes_when_an_operator_says_so_and_only_once() -> None:
    scene = Scene(MemoryCatalog(), ROUTER_KEEP_LINES="1")
    await scene.up()
    await actions.drain(scene.context, ONE)
    assert (await watched(scene)).state is LineState.DRAINING
    both = [actions.retire(scene.context, ONE) for _ in range(2)]
    taken = await asyncio.gather(*both)
    assert [each.operation for each in taken] == ["retire-1-0-2", "retire-1-0-2"]
    assert (await scene.settled()).state is LineState.RETIRED


async def test_a_line_that_is_put_back_before_its_fence_stays(scene: Scene) -> None:
    await actions.drain(scene.context, ONE)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)
    held = await get_line(scene.context.catalog, ONE)
    assert (held.state, held.operation) == (LineState.DRAINING, "retire-1-0-2")
    await actions.undrain(scene.context, ONE)
    line = await scene.settled()
    assert (line.state, scene.world.has_app) == (LineState.ACTIVE, True)
    assert line.error is not None
    assert "Line 1.0 is active and has to stay" in line.error


async def test_what_a_retired_line_left_waits_for_its_time_and_then_goes(scene: Scene) -> None:
    await actions.drain(scene.context, ONE)
    await watched(scene)
    assert await retention.tick(scene.context, ONE) == 3600
    scene.world.pass_time(30 * DAY - 100)
    assert await retention.tick(scene.context, ONE) == pytest.approx(98, abs=3)
    scene.world.pass_time(100)
    assert await retention.tick(scene.context, ONE) == 60
    line = await scene.settled()
    assert (line.state, scene.world.swept) == (LineState.RETIRED, ["rows", "large messages"])
    assert line.teardown_report is not None
    assert line.teardown_report.remains == ()
    assert await retention.tick(scene.context, ONE) is None


async def test_what_a_line_left_is_left_alone_when_the_line_is_back(scene: Scene) -> None:
    await actions.drain(scene.context, ONE)
    await watched(scene)
    revived = await actions.revive(scene.context, ONE)
    again = await actions.revive(scene.context, ONE)
    assert revived.operation == again.operation == "provision-1-0-3"
    scene.world.pass_time(60 * DAY)
    assert await retention.tick(scene.context, ONE) is None
    assert (await scene.settled()).state is LineState.ACTIVE
    assert await retention.tick(scene.context, ONE) is None
    assert scene.world.swept == []


async def test_work_that_does_not_end_is_told_and_then_ended_each_time_as_an_event() -> None:
    deadlines = {"ROUTER_DRAIN_WARN_SECONDS": "600", "ROUTER_DRAIN_TERMINATE_SECONDS": "1200"}
    scene = Scene(MemoryCatalog(), **deadlines)
    await scene.up()
    busy(scene)
    await actions.drain(scene.context, ONE)
    scene.world.pass_time(700)
    for _ in range(3):
        await monitor.tick(scene.context, ONE)
    assert len([what for what in await told(scene) if "it is still draining" in what]) == 1
    scene.world.pass_time(600)
    await monitor.tick(scene.context, ONE)
    assert scene.world.work == []
    assert any(what.startswith("terminated f w1: it was Running") for what in await told(scene))
    assert (await get_line(scene.context.catalog, ONE)).closed
    assert (await watched(scene)).state is LineState.RETIRED


async def overdue(scene: Scene) -> None:
    """A draining line whose deadline is over, with two instances."""
    await scene.up()
    busy(scene)
    busy(scene)
    await actions.drain(scene.context, ONE)
    scene.world.pass_time(1300)


async def test_a_deadline_leaves_alone_what_another_line_has_begun_under_the_id_since() -> None:
    scene = Scene(MemoryCatalog(), ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(scene)
    scene.world.owners["w1"] = Owner("Hub1x1", "Running", scene.now())
    await monitor.tick(scene.context, ONE)
    assert [each.name for each in scene.world.work] == ["w1"]


async def test_an_undrain_stops_a_deadline_that_is_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(MemoryCatalog(), ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(scene)
    manage = scene.world.manage

    async def undrained(*request: Any) -> Answer:
        await actions.undrain(scene.context, ONE)
        return await manage(*request)

    monkeypatch.setattr(scene.world, "manage", undrained)
    await monitor.tick(scene.context, ONE)
    assert [each.name for each in scene.world.work] == ["w2"]
