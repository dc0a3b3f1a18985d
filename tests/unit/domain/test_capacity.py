"""Capacity: who may use it, what a refused request learns, and which drained line is evicted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from router.domain.capacity import CapacityPolicy, capacity_shortage, reason_kept, require_capacity
from router.domain.errors import Unavailable
from router.domain.failures import Failures
from router.domain.line_states import LineState
from router.domain.model import Blocker, BlockerKind, Drain, Line, OperationKind, Verdict
from router.domain.version import LineId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FULL = "the limit of 2 lines is reached (ROUTER_MAX_LINES)"
QUOTA = "Could not create the plan: additional quota is needed."


def line(minor: int, state: LineState, **more: Any) -> Line:
    made = Line(LineId(1, minor), state, NOON, "app", "plan", f"Hub1x{minor}")
    return replace(made, **more)


def drained(minor: int, since: datetime, **more: Any) -> Line:
    drain = Drain(Verdict.DRAINED, since, quiet_since=since, empty_since=since)
    return line(minor, LineState.DRAINING, drain=drain, **more)


NEW = line(9, LineState.REGISTERED)
ACTIVE = line(2, LineState.ACTIVE)


@pytest.mark.parametrize("state", LineState)
def test_every_line_that_may_have_an_app_uses_capacity(state: LineState) -> None:
    uses = state not in (LineState.REGISTERED, LineState.RETIRED)
    assert capacity_shortage(NEW, [ACTIVE, line(1, state)], 2) == (FULL if uses else None)


def test_without_a_limit_there_is_capacity() -> None:
    assert capacity_shortage(NEW, [line(n, LineState.ACTIVE) for n in range(200)], 0) is None


def test_lines_provisioned_at_once_get_capacity_in_order() -> None:
    """No two of them may wait for each other."""
    begun = [line(n, LineState.PROVISIONING, since=NOON + n // 2 * HOUR) for n in (5, 3, 4, 7, 6)]
    admitted = [each for each in begun if capacity_shortage(each, [ACTIVE, *begun], 3) is None]
    assert [each.id.minor for each in admitted] == [3, 4]


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING, LineState.FAILED])
def test_line_keeps_its_capacity_when_the_limit_is_lowered(state: LineState) -> None:
    lines = [line(n, state) for n in range(3)]
    for each in lines:
        require_capacity(each, lines, 1, 60)
        assert capacity_shortage(each, lines, 1) is None


def test_capacity_problem_lists_the_lines_that_use_it() -> None:
    busy = Blocker(BlockerKind.INSTANCE, "order order-7 is Running since noon")
    users = [
        ACTIVE,
        line(1, LineState.DRAINING, drain=Drain(Verdict.BUSY, NOON, (busy,))),
        line(3, LineState.DRAINING),
        drained(4, NOON),
        line(5, LineState.RETIRING),
        line(6, LineState.PROVISIONING),
        line(7, LineState.FAILED, error="no module named stock"),
        line(8, LineState.RETIRED),
    ]
    with pytest.raises(Unavailable) as refused:
        require_capacity(NEW, [*users, NEW], 7, 0.2)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"], problem["limit"]) == (429, "limit-reached", 7)
    assert problem["retryAfterSeconds"] == 1
    assert problem["lines"] == [
        {"line": "1.2", "state": "active", "why": "it serves starts"},
        {"line": "1.1", "state": "draining", "why": "order order-7 is Running since noon"},
        {"line": "1.3", "state": "draining", "why": "its work has not been checked yet"},
        {
            "line": "1.4",
            "state": "draining",
            "why": "drained since 2026-11-22 12:00:00 UTC, and kept",
        },
        {
            "line": "1.5",
            "state": "retiring",
            "why": "it is being retired, which releases its capacity",
        },
        {"line": "1.6", "state": "provisioning", "why": "it is being provisioned"},
        {"line": "1.7", "state": "failed", "why": "it failed to start: no module named stock"},
    ]
    assert "1.1 draining: order order-7 is Running since noon" in problem["detail"]


def test_azure_quota_applies_to_every_line_without_app() -> None:
    waiting = line(3, LineState.PROVISIONING, waiting_for_capacity=QUOTA)
    for refused in (NEW, waiting, line(8, LineState.RETIRED)):
        with pytest.raises(Unavailable) as caught:
            require_capacity(refused, [ACTIVE, waiting], 0, 60)
        assert QUOTA in caught.value.detail
        assert [each["line"] for each in caught.value.fields["lines"]] == ["1.2"]
    require_capacity(ACTIVE, [ACTIVE, waiting], 0, 60)


KEEP_TWO = CapacityPolicy(keep_lines=2)


def test_highest_draining_lines_are_kept() -> None:
    lines = [ACTIVE, drained(1, NOON), line(0, LineState.DRAINING), drained(4, NOON)]
    kept = {each.id.minor: reason_kept(each, lines, KEEP_TWO, NOON) for each in lines[1:]}
    reason = "it is one of the last 2 draining lines (ROUTER_KEEP_LINES)"
    assert kept == {4: reason, 1: reason, 0: None}


def test_line_is_kept_for_a_time_after_its_last_work() -> None:
    policy = CapacityPolicy(keep_for=HOUR)
    old = drained(1, NOON)
    reason = "it is kept until 2026-11-22 13:00:00 UTC (ROUTER_KEEP_SECONDS)"
    assert reason_kept(old, [old], policy, NOON + HOUR - timedelta.resolution) == reason
    assert reason_kept(old, [old], policy, NOON + HOUR) is None


INDEFINITELY = CapacityPolicy(limit=3, keep_lines=9, keep_for=1000 * HOUR)


def test_longest_drained_line_is_evicted_when_at_the_limit() -> None:
    newest, oldest = drained(4, NOON + HOUR), drained(5, NOON)
    busy = line(1, LineState.DRAINING, drain=Drain(Verdict.BUSY, NOON - HOUR))
    lines = [ACTIVE, newest, oldest]
    assert reason_kept(oldest, lines, INDEFINITELY, NOON) is None
    assert reason_kept(newest, lines, INDEFINITELY, NOON) is not None
    assert reason_kept(busy, [busy, *lines], INDEFINITELY, NOON) is not None


def test_no_line_is_evicted_while_there_is_capacity() -> None:
    oldest = drained(5, NOON)
    assert reason_kept(oldest, [ACTIVE, oldest], INDEFINITELY, NOON) is not None


@pytest.mark.parametrize(
    "retiring",
    [
        line(3, LineState.RETIRING),
        line(3, LineState.DRAINING, operation="retire-1-3-9", operation_kind=OperationKind.RETIRE),
    ],
)
def test_no_line_is_evicted_while_another_is_being_retired(retiring: Line) -> None:
    oldest = drained(5, NOON)
    assert reason_kept(oldest, [ACTIVE, oldest, retiring], INDEFINITELY, NOON) is not None


def test_azure_quota_evicts_the_longest_drained_line() -> None:
    oldest, waiting = drained(5, NOON), line(6, LineState.PROVISIONING, waiting_for_capacity=QUOTA)
    policy = replace(INDEFINITELY, limit=0)
    assert reason_kept(oldest, [oldest, waiting], policy, NOON) is None
    assert (
        reason_kept(oldest, [oldest, replace(waiting, waiting_for_capacity=None)], policy, NOON)
        is not None
    )


def test_retirement_that_keeps_failing_does_not_hold_up_others() -> None:
    once = Failures("retire", 1, NOON, "locked", NOON)
    oldest, next_one = drained(5, NOON), drained(4, NOON + HOUR)
    for failures, is_evicted in ((once, False), (replace(once, count=2), True)):
        retiring = line(3, LineState.RETIRING, failures=failures)
        found = reason_kept(oldest, [ACTIVE, oldest, retiring], INDEFINITELY, NOON)
        assert (found is None) == is_evicted
        failing = replace(oldest, failures=failures)
        found = reason_kept(next_one, [ACTIVE, next_one, failing], INDEFINITELY, NOON)
        assert (found is None) == is_evicted


def test_state_of_a_newer_router_is_not_called_a_failure() -> None:
    with pytest.raises(Unavailable) as caught:
        require_capacity(NEW, [line(1, LineState("resting"))], 1, 60)
    assert "1.1 resting: a newer router uses it" in caught.value.detail
