"""The progress of an operation as its row records it, across crashes and late calls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain.line_states import LineState
from router.domain.model import Line, Operation, OperationKind, Progress, Step
from router.domain.version import LineId
from router.operations import progress_rules
from router.operations import rules as operation_rules

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
RELEASE = Version.parse("1.0.1")
LINE = Line(LineId(1, 0), LineState.REGISTERED, NOON, "app", "plan", "Hub", etag="e")
DONE, RUNNING, FAILED = Progress.SUCCEEDED, Progress.RUNNING, Progress.FAILED
PATCH = operation_rules.begin(
    replace(LINE, state=LineState.ACTIVE), OperationKind.PATCH, RELEASE, NOON
)[1]


def after(operation: Operation, *names: str) -> Operation:
    for name in names:
        operation = progress_rules.step_started(operation, name, NOON)
        operation = progress_rules.step_ended(operation, name, NOON, "done")
    return operation


def test_waiting_for_capacity_resets_time_and_calls() -> None:
    operation = progress_rules.step_started(PATCH, "deploy_package", NOON)
    held = progress_rules.step_advanced(operation, "deploy_package", "no quota", LATER)
    assert held.steps[0] == Step("deploy_package", RUNNING, LATER, detail="no quota")


def test_step_keeps_its_cursor_until_it_advances() -> None:
    operation = progress_rules.step_started(PATCH, "deploy_package", NOON)
    one = progress_rules.step_advanced(operation, "deploy_package", "a part", LATER, "page 2")
    busy = progress_rules.step_waited(one, "deploy_package", "storage is busy", 1)
    assert busy.steps[0].cursor == "page 2"
    assert (
        progress_rules.step_advanced(busy, "deploy_package", "rest", LATER).steps[0].cursor is None
    )


def test_step_that_starts_again_keeps_its_first_time() -> None:
    begun = progress_rules.step_started(PATCH, "deploy_package", NOON)
    assert begun.steps[0] == Step("deploy_package", RUNNING, NOON)
    assert progress_rules.step_started(begun, "deploy_package", LATER) == begun


def test_waiting_step_records_its_reason_and_calls() -> None:
    waiting = progress_rules.step_waited(PATCH, "await_health", "the host is starting", 3)
    assert waiting.steps[2] == Step("await_health", detail="the host is starting", calls=3)
    assert progress_rules.remaining(waiting) == operation_rules.steps(OperationKind.PATCH)


def test_step_that_is_done_stays_done() -> None:
    done = after(PATCH, "deploy_package")
    assert done.steps[0] == Step("deploy_package", DONE, NOON, NOON, "done")
    assert progress_rules.step_started(done, "deploy_package", LATER) == done
    assert progress_rules.step_ended(done, "deploy_package", LATER, "again") == done
    assert progress_rules.remaining(done) == ("await_deployment", "await_health", "record_release")
    assert done.state is RUNNING


def test_operation_succeeds_with_its_last_step() -> None:
    done = after(PATCH, *operation_rules.steps(OperationKind.PATCH))
    assert (done.state, done.error, progress_rules.remaining(done)) == (DONE, None, ())


def test_failed_patch_drops_open_steps_and_rolls_back() -> None:
    running = progress_rules.step_started(after(PATCH, "deploy_package"), "await_deployment", NOON)
    stopped = progress_rules.rolling_back(running, "no such module", LATER)
    assert stopped.steps == (
        Step("deploy_package", DONE, NOON, NOON, "done"),
        Step("await_deployment", FAILED, NOON, LATER, "no such module"),
        Step("restore_package"),
        Step("await_restored"),
        Step("await_restored_health"),
    )
    assert (stopped.state, stopped.error) == (RUNNING, "no such module")
    assert progress_rules.is_rolling_back(stopped)
    assert not progress_rules.is_rolling_back(running)


def test_operation_that_rolled_back_has_failed() -> None:
    stopped = progress_rules.rolling_back(
        progress_rules.step_started(PATCH, "deploy_package", NOON), "bad", NOON
    )
    restored = after(stopped, *operation_rules.undo_steps(OperationKind.PATCH))
    assert (progress_rules.remaining(restored), restored.state) == ((), RUNNING)
    ended = progress_rules.failed(restored, "bad", LATER)
    assert ended == replace(restored, state=FAILED)


def test_failed_operation_records_step_and_reason() -> None:
    running = progress_rules.step_started(after(PATCH, "deploy_package"), "await_deployment", NOON)
    failed = progress_rules.failed(running, "x" * 5_000, LATER)
    assert failed.state is FAILED
    assert failed.error == "x" * 1_999 + "…"
    assert [step.state for step in failed.steps] == [
        DONE,
        FAILED,
        Progress.PENDING,
        Progress.PENDING,
    ]
    assert failed.steps[1] == Step("await_deployment", FAILED, NOON, LATER, failed.error)


def test_step_of_another_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="patch-1-0-1 has no step fence"):
        progress_rules.step_started(PATCH, "fence", NOON)


HELD = replace(LINE, state=LineState.ACTIVE, operation=PATCH.id)


def test_step_is_due_while_its_operation_holds_the_line() -> None:
    assert progress_rules.is_due(PATCH, "deploy_package", HELD)
    assert not progress_rules.is_due(PATCH, "deploy_package", replace(HELD, operation=None))
    assert not progress_rules.is_due(
        PATCH, "deploy_package", replace(HELD, operation="retire-1-0-9")
    )
    assert not progress_rules.is_due(
        progress_rules.failed(PATCH, "why", NOON), "deploy_package", HELD
    )


def test_failed_step_is_not_due_during_rollback() -> None:
    broken_off = progress_rules.rolling_back(
        progress_rules.step_started(PATCH, "deploy_package", NOON), "why", NOON
    )
    assert not progress_rules.is_due(broken_off, "deploy_package", HELD)
    assert progress_rules.is_due(broken_off, "restore_package", HELD)


def test_last_step_is_due_after_it_released_the_line() -> None:
    assert progress_rules.is_due(PATCH, "record_release", replace(HELD, operation=None))


LIMIT = timedelta(minutes=1)


def waiting(calls: int) -> Operation:
    """Return a patch whose first step started at noon, and has been called so many times."""
    started = progress_rules.step_started(PATCH, "deploy_package", NOON)
    return progress_rules.step_waited(started, "deploy_package", "not yet", calls)


@pytest.mark.parametrize(
    ("calls", "passed", "left"),
    [
        (0, 0, 60),
        (100, 45, 15),
        (100, 60, 0),  # its time is not over yet
        (19, 61, 0),  # on a starved machine it gets its calls
        (20, 61, None),
        (20, 3600, None),
    ],
)
def test_step_fails_after_its_time_and_20_calls(calls: int, passed: int, left: int | None) -> None:
    now = NOON + timedelta(seconds=passed)
    expected = None if left is None else timedelta(seconds=left)
    assert progress_rules.time_left(waiting(calls), "deploy_package", LIMIT, now) == expected


def test_calls_of_a_waiting_step_add_up() -> None:
    both = progress_rules.step_waited(waiting(12), "deploy_package", "not yet", 8)
    assert progress_rules.time_left(both, "deploy_package", LIMIT, NOON + 2 * LIMIT) is None


def test_time_left_is_whole_after_waiting_for_capacity() -> None:
    """Waiting for capacity may take any time, and is nothing that the step could fail by."""
    late = NOON + 10 * LIMIT
    held = progress_rules.step_advanced(waiting(50), "deploy_package", "no quota", late)
    assert held.steps[0] == Step("deploy_package", RUNNING, late, detail="no quota")
    assert progress_rules.time_left(held, "deploy_package", LIMIT, late) == LIMIT
    over = late + 2 * LIMIT
    assert progress_rules.time_left(held, "deploy_package", LIMIT, over) == timedelta()
    again = progress_rules.step_waited(held, "deploy_package", "not yet", 20)
    assert progress_rules.time_left(again, "deploy_package", LIMIT, over) is None
