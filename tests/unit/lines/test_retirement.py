"""An app whose tags are not its line's: another's, or the line's own that somebody wrote over."""

import pytest

from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import ONE, Scene

FOREIGN = {"owner": "somebody"}


@pytest.fixture
def scene() -> Scene:
    return Scene(MemoryCatalog())


async def left_alone(scene: Scene) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)
        line = await scene.settled()
    return line


@pytest.mark.parametrize(
    "tags",
    [{}, FOREIGN, {APP_TAG: "orders", LINE_TAG: "9.9"}, {APP_TAG: "bills", LINE_TAG: "1.0"}],
)
async def test_a_line_that_has_served_keeps_its_hub_while_its_app_carries_other_tags(
    scene: Scene, tags: dict[str, str]
) -> None:
    await scene.up()
    made, scene.world.tags = scene.world.tags, tags
    await actions.drain(scene.context, ONE)
    line = await left_alone(scene)
    assert (line.state, line.operation) == (LineState.RETIRING, None)
    assert (scene.world.has_app, scene.world.has_plan, scene.world.deleted) == (True, True, 0)
    told = (
        "The function app app of line 1.0 has other tags than the router gave it and was left "
        f"alone: restore its tags ({APP_TAG} = 'orders', {LINE_TAG} = '1.0', {HUB_TAG} = "
        f"'Hub1x0', {HUB_SETTINGS_TAG} = '4 queues, hidden 60 s, in /Lines'), or delete it by hand"
    )
    assert line.error is not None
    assert line.error.startswith(told)
    scene.world.tags = made
    line = await left_alone(scene)
    assert (line.state, scene.world.has_app, scene.world.deleted) == (LineState.RETIRED, False, 1)
    assert scene.world.stripped == "app"


async def test_a_plan_that_carries_other_tags_is_not_said_to_be_gone(scene: Scene) -> None:
    await scene.up()
    scene.world.has_app, scene.world.tags = False, FOREIGN
    await actions.drain(scene.context, ONE)
    scene.world.has_app = False
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.judged(scene.context, await get_line(scene.context.catalog, ONE))
    await actions.retire(scene.context, ONE)
    line = await scene.settled()
    assert line.error is not None
    assert line.error.startswith("The plan plan of line 1.0 has other tags")
    assert (scene.world.has_plan, scene.world.deleted) == (True, 0)


async def test_a_line_that_never_got_its_app_is_given_up_and_the_others_keeps_all_that_is_its_own(
    scene: Scene,
) -> None:
    scene.world.has_app, scene.world.tags = True, FOREIGN
    assert (await scene.up()).state is LineState.FAILED
    scene.world.has_plan = False
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.judged(scene.context, await get_line(scene.context.catalog, ONE))
    await actions.retire(scene.context, ONE)
    line = await scene.settled()
    assert (line.state, line.error) == (LineState.RETIRED, None)
    assert (scene.world.has_app, scene.world.tags) == (True, FOREIGN)
    assert (scene.world.deleted, scene.world.stripped) == (1, None)
    operation = await scene.catalog.operation(line.retirement or "")
    assert operation is not None
    details = {step.name: step.detail for step in operation.steps}
    assert (
        details["delete_function_app"]
        == "function app app does not belong to this router and was left alone"
    )
    assert details["delete_plan"] == "plan plan is deleted"
    assert line.teardown_report is not None
    assert line.teardown_report.absent[1:] == ("queues alone",)
