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
from tests.fakes.router import LINE_ID, NOON, STEPS_BY_NAME, InMemoryRouter


@pytest.fixture
async def router() -> InMemoryRouter:
    router = InMemoryRouter(ROUTER_RETENTION_SECONDS="60")
    await router.provision()
    return router


async def fails_once(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch, step: str, port: str
) -> str:
    """The operation whose step failed."""

    async def refused(*_: object) -> None:
        raise PlatformFailed("Azure refused")

    with monkeypatch.context() as patch:
        patch.setattr(router.azure, port, refused)
        while (
            held := await get_line(router.context.catalog, LINE_ID)
        ).operation is None or step in (
            await runner.remaining_steps(router.context, held.operation)
        ):
            assert await router.run_next_step()
    await router.finish_operations()
    operation = await router.catalog.operation(str(held.operation))
    assert operation is not None
    assert operation.state is Progress.FAILED
    assert [each.name for each in operation.steps if each.state is Progress.FAILED] == [step]
    return operation.id


async def retires(router: InMemoryRouter) -> None:
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)


async def again(router: InMemoryRouter, step: str, operation: str) -> None:
    said = await runner.run_step(router.context, STEPS_BY_NAME[step], operation)
    assert said == Failed(f"{step} of {operation} came too late")


@pytest.mark.parametrize(
    ("step", "port"), [("delete_function_app", "delete_app"), ("delete_task_hub", "delete")]
)
async def test_a_step_of_a_retirement_that_failed_leaves_the_line_alone_that_is_up_again(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch, step: str, port: str
) -> None:
    await actions.drain(router.context, LINE_ID)
    await retires(router)
    failed = await fails_once(router, monkeypatch, step, port)
    await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED
    await actions.revive(router.context, LINE_ID)
    await router.finish_operations()
    router.azure.add_work()
    await again(router, step, failed)
    assert (router.azure.has_app, router.azure.deleted, router.azure.lost) == (True, 1, [])


async def test_rows_of_a_line_that_is_up_again_are_not_swept_by_a_call_that_comes_late(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await actions.drain(router.context, LINE_ID)
    await retires(router)
    await router.finish_operations()
    router.azure.pass_time(61)
    await retention.tick(router.context, LINE_ID)
    failed = await fails_once(router, monkeypatch, "delete_rows", "delete_rows")
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.ACTIVE
    await again(router, "delete_rows", failed)
    assert router.azure.purged == []


async def test_a_package_that_did_not_go_in_is_not_put_behind_the_one_that_was_put_back(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await router.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    await begin(router.context, LINE_ID, OperationKind.PATCH, patch)
    failed = await fails_once(router, monkeypatch, "deploy_package", "deploy")
    deployed: list[object] = []
    monkeypatch.setattr(router.azure, "deploy", deployed.append)
    await again(router, "deploy_package", failed)
    assert deployed == []


async def test_a_failure_that_is_told_late_is_not_taken_for_that_of_what_puts_things_back(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = Version(1, 0, 3)
    await router.catalog.add_release(Release(patch, "ab", 1, NOON, on_request=True))
    begun = await begin(router.context, LINE_ID, OperationKind.PATCH, patch)
    router.azure.deployment_error = "it does not unpack"
    for _ in range(2):
        await router.run_next_step()  # the second one fails
    router.azure.deployment_error = None
    await router.run_next_step()
    left = await runner.remaining_steps(router.context, begun.id)
    assert left == ["await_restored", "await_restored_health"]
    late = await runner.fail_step(router.context, begun.id, "again", "await_deployment")
    assert late == left
    line = await router.finish_operations()
    assert (line.state, line.needs_repair) == (LineState.ACTIVE, False)
