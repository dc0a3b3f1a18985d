"""An app whose tags are not its line's: another's, or the line's own that somebody wrote over."""

from typing import Any

import pytest

from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.lines import actions, monitor
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import ONE, Scene

FOREIGN = {"owner": "somebody"}


@pytest.fixture
def scene() -> Scene:
    return Scene(MemoryCatalog())


async def left_alone(scene: Scene, run: Any) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)
        line = await scene.settled(run)
    return line


@pytest.mark.parametrize(
    "tags",
    [{}, FOREIGN, {APP_TAG: "orders", LINE_TAG: "9.9"}, {APP_TAG: "bills", LINE_TAG: "1.0"}],
)
async def test_a_line_that_has_served_keeps_its_hub_while_its_app_carries_other_tags(
    scene: Scene, run: Any, tags: dict[str, str]
) -> None:
    await scene.up(run)
    made, scene.world.tags = scene.world.tags, tags
    await actions.drain(scene.services, ONE, run)
    line = await left_alone(scene, run)
    assert (line.state, line.operation) == (LineState.RETIRING, None)
    assert (scene.world.has_app, scene.world.has_plan, scene.world.deleted) == (True, True, 0)
    told = (
        "The function app app of line 1.0 carries other tags than the router gave it. It was left "
        f"as it is: put its tags back ({APP_TAG} = 'orders', {LINE_TAG} = '1.0', {HUB_TAG} = "
        f"'Hub1x0', {HUB_SETTINGS_TAG} = '4 queues, hidden 60 s, in /Lines'), or delete it by hand"
    )
    assert line.error is not None
    assert line.error.startswith(told)
    scene.world.tags = made
    line = await left_alone(scene, run)
    assert (line.state, scene.world.has_app, scene.world.deleted) == (LineState.RETIRED, False, 1)
    assert scene.world.stripped == "app"


async def test_a_plan_that_carries_other_tags_is_not_said_to_be_gone(
    scene: Scene, run: Any
) -> None:
    await scene.up(run)
    scene.world.has_app, scene.world.tags = False, FOREIGN
    await actions.drain(scene.services, ONE, run)
    scene.world.has_app = False
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.judged(scene.services, await scene.services.operations.line(ONE))
    await actions.retire(scene.services, ONE, run)
    line = await scene.settled(run)
    assert line.error is not None
    assert line.error.startswith("The plan plan of line 1.0 carries other tags")
    assert (scene.world.has_plan, scene.world.deleted) == (True, 0)


async def test_a_line_that_never_got_its_app_is_given_up_and_the_others_keeps_all_that_is_its_own(
    scene: Scene, run: Any
) -> None:
    scene.world.has_app, scene.world.tags = True, FOREIGN
    assert (await scene.up(run)).state is LineState.FAILED
    scene.world.has_plan = False
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.judged(scene.services, await scene.services.operations.line(ONE))
    await actions.retire(scene.services, ONE, run)
    line = await scene.settled(run)
    assert (line.state, line.error) == (LineState.RETIRED, None)
    assert (scene.world.has_app, scene.world.tags) == (True, FOREIGN)
    assert (scene.world.deleted, scene.world.stripped) == (1, None)
    operation = await scene.catalog.operation(line.retirement or "")
    assert operation is not None
    details = {step.name: step.detail for step in operation.steps}
    assert details["delete_function_app"] == "function app app is another's, and left"
    assert details["delete_plan"] == "plan plan is gone"
    assert line.teardown_report is not None
    assert line.teardown_report.absent[1:] == ("queues alone",)
