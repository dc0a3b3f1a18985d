"""The steps of each kind of operation, and what may begin one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Operation, OperationKind, Step
from router.domain.version import LineId
from router.operations import rules as operation_rules

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
RELEASE = Version.parse("1.0.1")
LINE = Line(LineId(1, 0), LineState.REGISTERED, NOON, "app", "plan", "Hub", etag="e")


def test_step_names_are_a_contract_with_operations_in_flight() -> None:
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
        "refresh": ("update_settings", "await_health", "record_release"),
        "retire": (
            "fence",
            "stop_function_app",
            "check_again",
            "delete_function_app",
            "delete_plan",
            "delete_task_hub",
            "verify_teardown",
            "finish_retirement",
        ),
        "cleanup": ("delete_rows", "delete_large_messages", "delete_claims", "finish_cleanup"),
    }
    assert {kind: operation_rules.undo_steps(kind) for kind in OperationKind} == {
        "provision": ("stop_function_app",),
        "patch": ("restore_package", "await_restored", "await_restored_health"),
        "repair": (),
        "refresh": (),
        "retire": ("start_function_app", "drain_again"),
        "cleanup": (),
    }


def test_provisioning_holds_the_line() -> None:
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


def test_provisioning_keeps_other_failed_releases() -> None:
    older, newer = Version.parse("0.9.9"), Version.parse("9.9.9")
    line = replace(LINE, state=LineState.RETIRED, failed_releases=(newer, RELEASE, older))
    held, _ = operation_rules.begin(line, OperationKind.PROVISION, RELEASE, LATER)
    assert held.failed_releases == (newer, older)


def test_patch_keeps_the_state() -> None:
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


def test_retirement_keeps_the_state_until_its_fence() -> None:
    line = replace(LINE, state=LineState.DRAINING, failed_releases=(RELEASE,))
    held, operation = operation_rules.begin(line, OperationKind.RETIRE, None, LATER)
    assert held == replace(
        line, operation="retire-1-0-1", operation_kind=OperationKind.RETIRE, operations=1
    )
    assert operation.release is None


BEGINS = {
    OperationKind.PROVISION: {LineState.REGISTERED, LineState.RETIRED, LineState.FAILED},
    OperationKind.PATCH: {LineState.ACTIVE, LineState.DRAINING},
    OperationKind.REPAIR: {LineState.ACTIVE, LineState.DRAINING},
    OperationKind.REFRESH: {LineState.ACTIVE, LineState.DRAINING},
    OperationKind.RETIRE: {LineState.DRAINING, LineState.RETIRING, LineState.FAILED},
    OperationKind.CLEAN_UP: {LineState.RETIRED},
}


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("state", LineState)
def test_operation_begins_only_in_its_states(kind: OperationKind, state: LineState) -> None:
    line = replace(LINE, state=state)
    if state in BEGINS[kind]:
        assert operation_rules.begin(line, kind, RELEASE, NOON)[0].operation is not None
        return
    with pytest.raises(Refusal) as refused:
        operation_rules.begin(line, kind, RELEASE, NOON)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"], problem["state"]) == (409, "wrong-state", state)


@pytest.mark.parametrize("release", ["1.0.0", "1.0.1"])
def test_patch_that_is_not_newer_is_refused(release: str) -> None:
    line = replace(LINE, state=LineState.ACTIVE, release=RELEASE)
    with pytest.raises(
        Refusal, match=f"already serves 1.0.1, and {release} is not newer"
    ) as refused:
        operation_rules.begin(line, OperationKind.PATCH, Version.parse(release), NOON)
    assert (refused.value.status, refused.value.code) == (409, "wrong-state")


def test_patch_that_failed_may_begin_again() -> None:
    line = replace(
        LINE, state=LineState.ACTIVE, release=Version(1, 0, 0), failed_releases=(RELEASE,)
    )
    held, operation = operation_rules.begin(line, OperationKind.PATCH, RELEASE, NOON)
    assert (held.deploying, operation.release) == (RELEASE, RELEASE)


def test_line_is_held_by_one_operation_at_a_time() -> None:
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
def test_operation_without_a_row_is_rebuilt_from_its_line(
    kind: OperationKind, state: LineState
) -> None:
    release = None if kind is OperationKind.RETIRE else RELEASE
    held, operation = operation_rules.begin(replace(LINE, state=state), kind, release, NOON)
    assert operation_rules.held_by(held) == operation


def test_free_line_is_held_by_no_operation() -> None:
    with pytest.raises(ValueError, match=r"no operation holds line 1\.0"):
        operation_rules.held_by(LINE)
