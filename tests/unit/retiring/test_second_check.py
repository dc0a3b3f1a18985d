"""Work that comes in beside the router until its app has stopped keeps a line from deletion."""

from dataclasses import replace

import pytest

from router.domain.errors import PlatformBusy, PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import Line, Operation, Progress
from router.draining import judgement
from router.line_rows import get_line
from router.lines import actions, monitor
from router.operations import runner
from tests.fakes.azure import HELD, VISIBLE
from tests.fakes.router import LINE_ID, STEPS_BY_NAME, InMemoryRouter


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is retiring: its fence is passed, and its app still runs."""
    return await retiring(InMemoryRouter())


async def retiring(router: InMemoryRouter) -> InMemoryRouter:
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    await actions.retire(router.context, LINE_ID)
    await router.run_next_step()
    assert (await line_of(router)).state is LineState.RETIRING
    return router


async def line_of(router: InMemoryRouter) -> Line:
    return await get_line(router.catalog, LINE_ID)


async def until(router: InMemoryRouter, step: str) -> str:
    """Run the retirement up to a step, and return the retirement's id."""
    operation = str((await line_of(router)).operation)
    while (await runner.remaining_steps(router.context, operation))[0] != step:
        await router.run_next_step_and_wait()
    return operation


async def ended(router: InMemoryRouter, operation: str) -> tuple[Operation, Line]:
    line = await router.finish_operations()
    found = await router.catalog.operation(operation)
    assert found is not None
    assert router.azure.lost == []
    return found, line


async def events(router: InMemoryRouter) -> list[str]:
    return [event.what for event in await router.catalog.events(LINE_ID)]


async def test_quiet_line_is_deleted_once_it_has_stopped(router: InMemoryRouter) -> None:
    await until(router, "delete_function_app")
    assert router.azure.stopped
    assert (await line_of(router)).found_empty_at is not None
    line = await router.finish_operations()
    assert (line.state, router.azure.has_app) == (LineState.RETIRED, False)
    assert line.found_empty_at is None


@pytest.mark.parametrize("state", [VISIBLE, HELD])
async def test_work_that_came_in_beside_is_found(router: InMemoryRouter, state: str) -> None:
    """Also a message that the stopped app held: it is invisible until it has timed out."""
    router.azure.start_beside_the_router()
    if state == HELD:
        router.azure.advance(VISIBLE, HELD)
    operation, line = await ended(router, await until(router, "check_again"))
    assert (line.state, line.operation, line.error) == (LineState.DRAINING, None, None)
    assert router.azure.app_runs
    assert operation.state is Progress.FAILED
    found = "Work has come in beside the router. The line is busy"
    assert str(operation.error).startswith(found)
    [event] = [each for each in await events(router) if each.startswith("it is not retired: ")]
    assert found in event
    assert await router.catalog.operation(str(operation.id)) == operation


async def test_line_with_found_work_is_retired_after_it(router: InMemoryRouter) -> None:
    router.azure.start_beside_the_router()
    await router.finish_operations()
    router.azure.work.clear()
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED


async def test_closed_line_stays_closed_when_work_is_found() -> None:
    router = InMemoryRouter()
    await retiring(router)
    await router.catalog.replace_line(replace(await line_of(router), closed=True))
    router.azure.start_beside_the_router()
    assert (await router.finish_operations()).closed


async def test_partial_reading_deletes_nothing(router: InMemoryRouter) -> None:
    """It is repeated for the time that a step has. Then the line continues with its work."""
    operation = await until(router, "check_again")
    router.azure.unreadable = True
    ended_operation, line = await ended(router, operation)
    assert line.state is LineState.DRAINING
    assert "unknown; a page is missing" in str(ended_operation.error)
    assert router.azure.app_runs


async def test_reading_in_several_calls_continues(router: InMemoryRouter) -> None:
    await until(router, "check_again")
    router.azure.pass_time(router.settings.in_flight.total_seconds() + 1)
    router.azure.cursors.clear()
    router.azure.reading_cursors = iter(["1", "2", None, "3", None])
    assert (await router.finish_operations()).state is LineState.RETIRED
    assert router.azure.cursors == [None, "1", "2", None, "3", None]


async def test_app_started_by_hand_is_not_deleted(router: InMemoryRouter) -> None:
    operation = await until(router, "check_again")
    router.azure.stopped = False
    ended_operation, line = await ended(router, operation)
    assert line.state is LineState.DRAINING
    assert "was started in Azure before it was deleted" in str(ended_operation.error)


async def test_app_that_cannot_be_stopped_drains_again(router: InMemoryRouter) -> None:
    router.azure.fail("stop_app", PlatformFailed("Azure refused"))
    line = await router.finish_operations()
    assert (line.state, line.operation, router.azure.app_runs) == (LineState.DRAINING, None, True)


async def test_app_that_cannot_be_started_is_looked_at_again(router: InMemoryRouter) -> None:
    router.azure.start_beside_the_router()
    router.azure.fail("start_app", PlatformFailed("Azure refused"))
    line = await router.finish_operations()
    assert (line.state, router.azure.stopped) == (LineState.RETIRING, True)
    assert "Rolling back failed as well: Azure refused" in str(line.error)
    router.azure.restore("start_app")
    await monitor.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, router.azure.app_runs) == (LineState.DRAINING, True)


async def test_slow_start_of_the_app_is_waited_for(router: InMemoryRouter) -> None:
    router.azure.start_beside_the_router()
    router.azure.fail("start_app", PlatformBusy("busy"), times=3)
    line = await router.finish_operations()
    assert (line.state, router.azure.app_runs) == (LineState.DRAINING, True)


async def test_deletion_that_had_begun_is_completed(router: InMemoryRouter) -> None:
    """The hub may be half deleted by then, and cannot be read any more."""
    router.azure.fail("delete", PlatformFailed("Azure refused"))
    assert (await router.finish_operations()).state is LineState.RETIRING
    router.azure.restore("delete")
    router.azure.unreadable = True
    await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED


async def test_late_call_does_not_stop_or_start_a_line(router: InMemoryRouter) -> None:
    router.azure.start_beside_the_router()
    operation = await until(router, "drain_again")
    await router.finish_operations()
    for step in ("stop_function_app", "check_again", "start_function_app", "drain_again"):
        await runner.run_step(router.context, STEPS_BY_NAME[step], operation)
    assert (await line_of(router)).state is LineState.DRAINING
    assert router.azure.app_runs


async def test_failed_line_with_work_fails_again() -> None:
    """A line that has never run a release has nothing to drain with."""
    router = InMemoryRouter()
    router.azure.deployment_error = "no such module"
    assert (await router.provision()).state is LineState.FAILED
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await judgement.judged(router.context, await line_of(router))
    await actions.retire(router.context, LINE_ID)
    await router.run_next_step()
    router.azure.add_work()
    line = await router.finish_operations()
    assert (line.state, line.operation) == (LineState.FAILED, None)
    assert (router.azure.stopped, router.azure.lost) == (True, [])
