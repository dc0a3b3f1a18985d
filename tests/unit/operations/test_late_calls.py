"""A call of a step that comes when its operation is over: the line may be another's by then."""

import pytest
from semver import Version

from router.domain.errors import PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import OperationKind, Progress, Release
from router.line_rows import get_line
from router.lines import actions, monitor, retention
from router.operations import runner
from router.operations.begin import begin
from router.operations.outcomes import Failed
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import BY_NAME, NOON, ONE, Scene


@pytest.fixture
async def scene() -> Scene:
    made = Scene(MemoryCatalog(), ROUTER_RETENTION_SECONDS="60")
    await made.up()
    return made


async def fails_once(scene: Scene, monkeypatch: pytest.MonkeyPatch, step: str, port: str) -> str:
    """The operation whose step failed."""

    async def refused(*_: object) -> None:
        raise PlatformFailed("Azure refused")

    with monkeypatch.context() as patch:
        patch.setattr(scene.world, port, refused)
        while (held := await get_line(scene.context.catalog, ONE)).operation is None or step in (
            await runner.remaining_steps(scene.context, held.operation)
        ):
            assert await scene.walk()
    await scene.settled()
    operation = await scene.catalog.operation(str(held.operation))
    assert operation is not None
    assert operation.state is Progress.FAILED
    assert [each.name for each in operation.steps if each.state is Progress.FAILED] == [step]
    return operation.id


async def retires(scene: Scene) -> None:
    for seconds in (39, 6, 1):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)


async def again(scene: Scene, step: str, operation: str) -> None:
    said = await runner.run_step(scene.context, BY_NAME[step], operation)
    assert said == Failed(f"{step} of {operation} came too late")


@pytest.mark.parametrize(
    ("step", "port"), [("delete_function_app", "delete_app"), ("delete_task_hub", "delete")]
)
async def test_a_step_of_a_retirement_that_failed_leaves_the_line_alone_that_is_up_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, step: str, port: str
) -> None:
    await actions.drain(scene.context, ONE)
    await retires(scene)
    failed = await fails_once(scene, monkeypatch, step, port)
    await monitor.tick(scene.context, ONE)
    assert (await scene.settled()).state is LineState.RETIRED
    await actions.revive(scene.context, ONE)
    await scene.settled()
    scene.world.add_work()
    await again(scene, step, failed)
    assert (scene.world.has_app, scene.world.deleted, scene.world.lost) == (True, 1, [])


async def test_rows_of_a_line_that_is_up_again_are_not_swept_by_a_call_that_comes_late(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await actions.drain(scene.context, ONE)
    await retires(scene)
    await scene.settled()
    scene.world.pass_time(61)
    await retention.tick(scene.context, ONE)
    failed = await fails_once(scene, monkeypatch, "delete_rows", "delete_rows")
    await actions.revive(scene.context, ONE)
    assert (await scene.settled()).state is LineState.ACTIVE
    await again(scene, "delete_rows", failed)
    assert scene.world.swept == []


async def test_a_package_that_did_not_go_in_is_not_put_behind_the_one_that_was_put_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await scene.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    await begin(scene.context, ONE, OperationKind.PATCH, patch)
    failed = await fails_once(scene, monkeypatch, "deploy_package", "deploy")
    deployed: list[object] = []
    monkeypatch.setattr(scene.world, "deploy", deployed.append)
    await again(scene, "deploy_package", failed)
    assert deployed == []


async def test_a_failure_that_is_told_late_is_not_taken_for_that_of_what_puts_things_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await scene.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    begun = await begin(scene.context, ONE, OperationKind.PATCH, patch)
    scene.world.no_deployment = "it does not unpack"
    for _ in range(2):
        await scene.walk()  # the second one fails
    scene.world.no_deployment = None
    await scene.walk()
    left = await runner.remaining_steps(scene.context, begun.id)
    assert left == ["await_restored", "await_restored_health"]
    late = await runner.fail_step(scene.context, begun.id, "again", "await_deployment")
    assert late == left
    line = await scene.settled()
    assert (line.state, line.needs_repair) == (LineState.ACTIVE, False)
