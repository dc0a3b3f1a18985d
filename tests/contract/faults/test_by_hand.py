"""What somebody does to a line behind the router's back is found by its monitor, and mended."""

from uuid import uuid4

import pytest

from router.apps.forwarding import Start
from router.azure.arm.platform import ArmPlatform
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.version import RequestedVersion
from router.lines import monitor
from router.routing.rules import Park, resolve
from tests.contract.faults.calls import PROVISION, RETIRE, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import LINE, Scene


async def start(scene: Scene) -> bool:
    """Whether the line's app takes a start."""
    wanted = Start("tell", make(LINE, uuid4().hex), "1", scene.context.now())
    forwarding, monotonic = scene.context.forwarding, scene.context.monotonic
    return await forwarding.send(await scene.line(), wanted, known_at=monotonic()) is None


async def watched(scene: Scene) -> str | None:
    """One lap of the monitor; the operation that holds the line then."""
    assert await monitor.tick(scene.context, LINE)
    return (await scene.line()).operation


async def events(scene: Scene) -> list[str]:
    return [event.what for event in await scene.context.catalog.events(LINE)]


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
async def test_an_app_that_was_deleted_by_hand_is_made_again(
    open_scene: Open, state: LineState
) -> None:
    async with open_scene(ROUTER_KEEP_SECONDS="1000") as scene:
        await scene.register("1.0.0")
        assert (await live(scene, PROVISION)).error is None
        if state is LineState.DRAINING:
            await scene.drain()
        assert await watched(scene) is None
        await scene.delete_by_hand()
        assert not await start(scene)
        operation = await watched(scene)
        assert operation is not None
        snapshot = await scene.context.snapshots.refresh()
        parked = resolve(RequestedVersion(LINE), snapshot)
        assert isinstance(parked, Park)
        assert parked.waiting_for == "repairing"
        assert (await scene.walk(operation)).error is None
        line = await scene.line()
        assert (line.state, str(line.release), line.operation) == (state, "1.0.0", None)
        assert await start(scene)
        assert any("is missing: it is created again" in event for event in await events(scene))


async def test_an_app_that_cannot_be_looked_at_is_not_taken_for_gone(scene: Scene) -> None:
    await scene.register("1.0.0")
    assert (await live(scene, PROVISION)).error is None
    for status in (403, 429, 500):
        await scene.suffer(("GET", "sites/*"), "status", status=status)
        assert await watched(scene) is None
    assert await scene.unsuffered() == []


async def test_a_drained_line_whose_app_was_deleted_by_hand_is_retired_with_the_plan_left_over(
    scene: Scene,
) -> None:
    await scene.register("1.0.0")
    assert (await live(scene, PROVISION)).error is None
    await scene.drain()
    await scene.context.platform.delete_app((await scene.line()).function_app, LINE)
    assert (await scene.run(RETIRE)).error is None
    assert (await scene.line()).state is LineState.RETIRED
    assert await scene.context.platform.remaining(LINE) == []


async def test_an_app_that_was_stopped_by_hand_is_told_once(scene: Scene) -> None:
    await scene.register("1.0.0")
    assert (await live(scene, PROVISION)).error is None
    line = await scene.line()
    platform = scene.context.platform
    assert isinstance(platform, ArmPlatform)
    await platform._web.web_apps.stop(scene.context.settings.resource_group, line.function_app)
    assert [await watched(scene) for _ in range(2)] == [None, None]
    told = f"function app {line.function_app} is Stopped in Azure: start it there"
    assert (await events(scene)).count(told) == 1
