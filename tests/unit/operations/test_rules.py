"""Operations: who may begin one, and how its progress is written, also over crashes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain.errors import Refusal
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


def test_the_names_of_steps_are_a_contract_with_operations_in_flight():
    assert {kind: operation_rules.steps(kind) for kind in OperationKind} == {
        "provision": (
            "create_plan",
            "create_function_app",
            "deploy_package",
            "await_deployment",
            "await_health",
            "open_line",
        ),
        "patch": ("deploy_package", "await_deployment", "await_health", "record_release"),
        "repair": (
            "create_plan",
            "create_function_app",
            "deploy_package",
            "await_deployment",
            "await_health",
            "record_release",
        ),
        "retire": (
            "fence",
            "delete_function_app",
            "delete_plan",
            "delete_task_hub",
            "verify_teardown",
            "finish_retirement",
        ),
        "cleanup": ("delete_rows", "delete_large_messages", "delete_claims", "finish_cleanup"),
    }
    assert {kind: operation_rules.undo_steps(kind) for kind in OperationKind} == {
        "provision": (),
        "patch": ("restore_package", "await_restored", "await_restored_health"),
        "repair": (),
        "retire": (),
        "cleanup": (),
    }


def test_provisioning_holds_the_line_and_numbers_its_operation():
    line = replace(LINE, operations=4, error="old", failed_releases=(RELEASE,))
    held, operation = operation_rules.begin(line, OperationKind.PROVISION, RELEASE, LATER)
    assert held == replace(
        line,
        state=LineState.PROVISIONING,
        since=LATER,
        deploying=RELEASE,
        failed_releases=(),
        operation="provision-1-0-5",
        operation_kind=OperationKind.PROVISION,
        operations=5,
        error=None,
    )
    assert operation == Operation(
        "provision-1-0-5",
        OperationKind.PROVISION,
        LineId(1, 0),
        RELEASE,
        LATER,
        steps=tuple(Step(name) for name in operation_rules.steps(OperationKind.PROVISION)),
    )


def test_what_failed_before_is_not_forgotten_by_putting_another_release_in_place():
    older, newer = Version.parse("0.9.9"), Version.parse("9.9.9")
    line = replace(LINE, state=LineState.RETIRED, failed_releases=(newer, RELEASE, older))
    held, _ = operation_rules.begin(line, OperationKind.PROVISION, RELEASE, LATER)
    assert held.failed_releases == (newer, older)


def test_a_patch_does_not_change_the_state():
    line = replace(LINE, state=LineState.DRAINING)
    held, operation = operation_rules.begin(line, OperationKind.PATCH, RELEASE, LATER)
    assert held == replace(
        line,
        deploying=RELEASE,
        operation="patch-1-0-1",
        operation_kind=OperationKind.PATCH,
        operations=1,
    )
    assert operation.release == RELEASE


def test_a_retirement_keeps_the_state_until_its_fence_and_deploys_nothing():
    line = replace(LINE, state=LineState.DRAINING, failed_releases=(RELEASE,))
    held, operation = operation_rules.begin(line, OperationKind.RETIRE, None, LATER)
    assert held == replace(
        line, operation="retire-1-0-1", operation_kind=OperationKind.RETIRE, operations=1
    )
    assert operation.release is None


def test_a_step_that_waits_for_others_to_give_way_has_its_whole_time_afterwards():
    operation = progress_rules.step_started(PATCH, "deploy_package", NOON)
    held = progress_rules.step_held(operation, "deploy_package", "no quota", LATER)
    assert held.steps[0] == Step("deploy_package", RUNNING, LATER, detail="no quota")


BEGINS = {
    OperationKind.PROVISION: {LineState.REGISTERED, LineState.RETIRED, LineState.FAILED},
    OperationKind.PATCH: {LineState.ACTIVE, LineState.DRAINING},
    OperationKind.REPAIR: {LineState.ACTIVE, LineState.DRAINING},
    OperationKind.RETIRE: {LineState.DRAINING, LineState.RETIRING, LineState.FAILED},
    OperationKind.CLEAN_UP: {LineState.RETIRED},
}


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("state", LineState)
def test_an_operation_begins_only_where_it_makes_sense(kind, state):
    line = replace(LINE, state=state)
    if state in BEGINS[kind]:
        assert operation_rules.begin(line, kind, RELEASE, NOON)[0].operation is not None
        return
    with pytest.raises(Refusal) as refused:
        operation_rules.begin(line, kind, RELEASE, NOON)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"], problem["state"]) == (409, "wrong-state", state)


@pytest.mark.parametrize("release", ["1.0.0", "1.0.1"])
def test_a_patch_that_is_not_newer_than_what_is_in_place_does_not_begin(release):
    line = replace(LINE, state=LineState.ACTIVE, release=RELEASE)
    with pytest.raises(Refusal, match=f"serves 1.0.1 already; {release} is not newer") as refused:
        operation_rules.begin(line, OperationKind.PATCH, Version.parse(release), NOON)
    assert (refused.value.status, refused.value.code) == (409, "wrong-state")


def test_a_patch_that_failed_may_begin_again():
    line = replace(
        LINE, state=LineState.ACTIVE, release=Version(1, 0, 0), failed_releases=(RELEASE,)
    )
    held, operation = operation_rules.begin(line, OperationKind.PATCH, RELEASE, NOON)
    assert (held.deploying, operation.release) == (RELEASE, RELEASE)


def test_one_operation_at_a_time_holds_a_line():
    held, operation = operation_rules.begin(LINE, OperationKind.PROVISION, RELEASE, NOON)
    with pytest.raises(Refusal) as refused:
        operation_rules.begin(held, OperationKind.PROVISION, RELEASE, NOON)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (409, "operation-running")
    assert problem["operation"] == operation.id


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (OperationKind.PROVISION, LineState.FAILED),
        (OperationKind.PATCH, LineState.ACTIVE),
        (OperationKind.RETIRE, LineState.DRAINING),
    ],
)
def test_an_operation_whose_row_was_not_written_is_told_by_its_line(kind, state):
    release = None if kind is OperationKind.RETIRE else RELEASE
    held, operation = operation_rules.begin(replace(LINE, state=state), kind, release, NOON)
    assert operation_rules.held_by(held) == operation


def test_a_free_line_tells_of_no_operation():
    with pytest.raises(ValueError, match=r"no operation holds line 1\.0"):
        operation_rules.held_by(LINE)


def test_a_step_keeps_its_first_time_when_it_is_begun_again():
    begun = progress_rules.step_started(PATCH, "deploy_package", NOON)
    assert begun.steps[0] == Step("deploy_package", RUNNING, NOON)
    assert progress_rules.step_started(begun, "deploy_package", LATER) == begun


def test_a_step_tells_how_far_it_is():
    told = progress_rules.step_waited(PATCH, "await_health", "the host is starting", 3)
    assert told.steps[2] == Step("await_health", detail="the host is starting", calls=3)
    assert progress_rules.remaining(told) == operation_rules.steps(OperationKind.PATCH)


def test_a_step_that_is_done_stays_done():
    done = after(PATCH, "deploy_package")
    assert done.steps[0] == Step("deploy_package", DONE, NOON, NOON, "done")
    assert progress_rules.step_started(done, "deploy_package", LATER) == done
    assert progress_rules.step_ended(done, "deploy_package", LATER, "again") == done
    assert progress_rules.remaining(done) == ("await_deployment", "await_health", "record_release")
    assert done.state is RUNNING


def test_with_its_last_step_an_operation_has_succeeded():
    done = after(PATCH, *operation_rules.steps(OperationKind.PATCH))
    assert (done.state, done.error, progress_rules.remaining(done)) == (DONE, None, ())


def test_a_stopped_patch_drops_what_was_not_begun_and_puts_things_back():
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


def test_what_was_put_back_is_a_failure_all_the_same():
    stopped = progress_rules.rolling_back(
        progress_rules.step_started(PATCH, "deploy_package", NOON), "bad", NOON
    )
    restored = after(stopped, *operation_rules.undo_steps(OperationKind.PATCH))
    assert (progress_rules.remaining(restored), restored.state) == ((), RUNNING)
    ended = progress_rules.failed(restored, "bad", LATER)
    assert ended == replace(restored, state=FAILED)


def test_a_failed_operation_says_in_which_step_and_why():
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


def test_a_step_of_another_plan_is_a_defect():
    with pytest.raises(ValueError, match="patch-1-0-1 has no step fence"):
        progress_rules.step_started(PATCH, "fence", NOON)


HELD = replace(LINE, state=LineState.ACTIVE, operation=PATCH.id)


def test_a_step_is_due_while_its_operation_runs_and_holds_the_line():
    assert progress_rules.is_due(PATCH, "deploy_package", HELD)
    assert not progress_rules.is_due(PATCH, "deploy_package", replace(HELD, operation=None))
    assert not progress_rules.is_due(
        PATCH, "deploy_package", replace(HELD, operation="retire-1-0-9")
    )
    assert not progress_rules.is_due(
        progress_rules.failed(PATCH, "why", NOON), "deploy_package", HELD
    )


def test_a_step_that_has_failed_is_not_due_again_while_things_are_put_back():
    broken_off = progress_rules.rolling_back(
        progress_rules.step_started(PATCH, "deploy_package", NOON), "why", NOON
    )
    assert not progress_rules.is_due(broken_off, "deploy_package", HELD)
    assert progress_rules.is_due(broken_off, "restore_package", HELD)


def test_the_last_step_is_due_also_when_it_has_let_go_of_the_line():
    assert progress_rules.is_due(PATCH, "record_release", replace(HELD, operation=None))
