"""Running an operation's steps, and recording their progress across crashes and late calls."""

import pytest
from semver import Version

from router.domain.errors import PlatformBusy, PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import Operation, OperationKind, Progress, Release
from router.line_rows import get_line
from router.lines import actions, monitor
from router.operations import runner
from router.operations.begin import begin
from router.operations.outcomes import Failed, Waiting
from router.ports import Deployment
from router.retiring import retention
from tests.fakes.router import LINE_ID, NOON, STEPS_BY_NAME, InMemoryRouter

PATCH = Version(1, 0, 3)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is in service."""
    router = InMemoryRouter(ROUTER_RETENTION_SECONDS="60")
    await router.provision()
    return router


async def begin_patch(router: InMemoryRouter) -> Operation:
    await router.catalog.add_release(Release(PATCH, "ab", 1, NOON, on_request=True))
    return await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)


async def begin_retirement(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)


async def run_failing(router: InMemoryRouter, step: str, method: str) -> str:
    """Run the operation while Azure refuses one step. Return the operation's id."""
    router.azure.fail(method, PlatformFailed("Azure refused"))
    held = await get_line(router.catalog, LINE_ID)
    while held.operation is None or step in (
        await runner.remaining_steps(router.context, held.operation)
    ):
        assert await router.run_next_step_and_wait()
        held = await get_line(router.catalog, LINE_ID)
    router.azure.restore(method)
    await router.finish_operations()
    operation = await router.catalog.operation(str(held.operation))
    assert operation is not None
    assert operation.state is Progress.FAILED
    assert [each.name for each in operation.steps if each.state is Progress.FAILED] == [step]
    return operation.id


async def deliver_late(router: InMemoryRouter, step: str, operation: str) -> None:
    """Call a step whose operation is over, so that the line may be another operation's."""
    outcome = await runner.run_step(router.context, STEPS_BY_NAME[step], operation)
    assert outcome == Failed(f"{step} of {operation} came too late")


async def test_repeated_end_records_one_event(router: InMemoryRouter) -> None:
    for _ in range(3):
        router.azure.pass_time(5)
        await runner.end(router.context, "provision-1-0-1")
    events = sorted(event.what for event in await router.catalog.events(LINE_ID))
    assert events == ["provision began (provision-1-0-1)", "provision-1-0-1 succeeded"]


async def test_calls_of_a_step_are_recorded_across_activities() -> None:
    router = InMemoryRouter()
    await router.register()
    router.azure.answer("deployment", Deployment(finished=False, detail="copying"))
    revived = await actions.revive(router.context, LINE_ID)
    operation_id = str(revived.operation)
    while (await runner.remaining_steps(router.context, operation_id))[0] != "await_deployment":
        await router.run_next_step()
    for calls in (1, 2, 3):
        await router.run_next_step()
        operation = await router.catalog.operation(operation_id)
        assert operation is not None
        step = next(each for each in operation.steps if each.name == "await_deployment")
        assert step.calls == calls


async def test_overdue_step_is_not_called_before_azure_allows(router: InMemoryRouter) -> None:
    """Calling earlier only prolongs a throttling, whether or not the step's time is over."""
    operation = await begin_patch(router)
    router.azure.fail("deploy", PlatformBusy("throttled", retry_after=120))
    step = STEPS_BY_NAME["deploy_package"]
    assert await runner.run_step(router.context, step, operation.id) == Waiting(120)
    router.azure.pass_time(router.settings.step_seconds + 1)
    assert await runner.run_step(router.context, step, operation.id) == Waiting(120)


@pytest.mark.parametrize(
    ("step", "method"), [("delete_function_app", "delete_app"), ("delete_task_hub", "delete")]
)
async def test_late_step_of_a_retirement_spares_a_revived_line(
    router: InMemoryRouter, step: str, method: str
) -> None:
    await begin_retirement(router)
    failed = await run_failing(router, step, method)
    await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED
    await actions.revive(router.context, LINE_ID)
    await router.finish_operations()
    router.azure.add_work()
    await deliver_late(router, step, failed)
    assert (router.azure.has_app, router.azure.deleted, router.azure.lost) == (True, 1, [])


async def test_late_cleanup_spares_the_rows_of_a_revived_line(router: InMemoryRouter) -> None:
    await begin_retirement(router)
    await router.finish_operations()
    router.azure.pass_time(61)
    await retention.tick(router.context, LINE_ID)
    failed = await run_failing(router, "delete_rows", "delete_tables")
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.ACTIVE
    await deliver_late(router, "delete_rows", failed)
    assert router.azure.purged == []


async def test_late_deployment_does_not_replace_the_restored_package(
    router: InMemoryRouter,
) -> None:
    await begin_patch(router)
    failed = await run_failing(router, "deploy_package", "deploy")
    deployed = len(router.azure.calls("deploy"))
    await deliver_late(router, "deploy_package", failed)
    assert len(router.azure.calls("deploy")) == deployed


async def test_late_failure_is_not_taken_for_one_of_the_rollback(router: InMemoryRouter) -> None:
    begun = await begin_patch(router)
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
