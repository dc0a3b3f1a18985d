"""A call of a step that comes when its operation is over: the line may be another's by then."""

from typing import Any

import pytest
from semver import Version

from router.domain.errors import PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import OperationKind, Progress, Release
from router.lines import actions, monitor, retention
from router.operations import runner
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import BY_NAME, NOON, ONE, Scene


@pytest.fixture
async def scene(run: Any) -> Scene:
    made = Scene(MemoryCatalog(), ROUTER_RETENTION_SECONDS="60")
    await made.up(run)
    return made


async def fails_once(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch, step: str, port: str
) -> str:
    """The operation whose step failed."""

    async def refused(*_: object) -> None:
        raise PlatformFailed("Azure refused")

    with monkeypatch.context() as patch:
        patch.setattr(scene.world, port, refused)
        while (held := await scene.services.operations.line(ONE)).operation is None or step in (
            await runner.remaining(scene.services, held.operation)
        ):
            assert await scene.walk(run)
    await scene.settled(run)
    operation = await scene.catalog.operation(str(held.operation))
    assert operation is not None
    assert operation.state is Progress.FAILED
    assert [each.name for each in operation.steps if each.state is Progress.FAILED] == [step]
    return operation.id


async def retires(scene: Scene, run: Any) -> None:
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)


async def again(scene: Scene, run: Any, step: str, operation: str) -> None:
    said = await runner.advance(scene.services, BY_NAME[step], operation, run)
    assert said == {"state": "failed", "error": f"{step} of {operation} came too late"}


@pytest.mark.parametrize(
    ("step", "port"), [("delete_function_app", "delete_app"), ("delete_task_hub", "delete")]
)
async def test_a_step_of_a_retirement_that_failed_leaves_the_line_alone_that_is_up_again(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch, step: str, port: str
) -> None:
    await actions.drain(scene.services, ONE, run)
    await retires(scene, run)
    failed = await fails_once(scene, run, monkeypatch, step, port)
    await monitor.watch(scene.services, ONE, run)
    assert (await scene.settled(run)).state is LineState.RETIRED
    await actions.revive(scene.services, ONE, run)
    await scene.settled(run)
    scene.world.add_work()
    await again(scene, run, step, failed)
    assert (scene.world.has_app, scene.world.deleted, scene.world.lost) == (True, 1, [])


async def test_rows_of_a_line_that_is_up_again_are_not_swept_by_a_call_that_comes_late(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await actions.drain(scene.services, ONE, run)
    await retires(scene, run)
    await scene.settled(run)
    scene.world.pass_time(61)
    await retention.watch(scene.services, ONE, run)
    failed = await fails_once(scene, run, monkeypatch, "delete_rows", "delete_rows")
    await actions.revive(scene.services, ONE, run)
    assert (await scene.settled(run)).state is LineState.ACTIVE
    await again(scene, run, "delete_rows", failed)
    assert scene.world.swept == []


async def test_a_package_that_did_not_go_in_is_not_put_behind_the_one_that_was_put_back(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await scene.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    await scene.services.operations.begin(ONE, OperationKind.PATCH, patch, run)
    failed = await fails_once(scene, run, monkeypatch, "deploy_package", "deploy")
    deployed: list[object] = []
    monkeypatch.setattr(scene.world, "deploy", deployed.append)
    await again(scene, run, "deploy_package", failed)
    assert deployed == []


async def test_a_failure_that_is_told_late_is_not_taken_for_that_of_what_puts_things_back(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await scene.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    begun = await scene.services.operations.begin(ONE, OperationKind.PATCH, patch, run)
    scene.world.no_deployment = "it does not unpack"
    for _ in range(2):
        await scene.walk(run)  # the second one fails
    scene.world.no_deployment = None
    await scene.walk(run)
    left = await runner.remaining(scene.services, begun.id)
    assert left == ["await_restored", "await_restored_health"]
    late = await runner.stop(scene.services, begun.id, "again", "await_deployment")
    assert late == left
    line = await scene.settled(run)
    assert (line.state, line.needs_repair) == (LineState.ACTIVE, False)
