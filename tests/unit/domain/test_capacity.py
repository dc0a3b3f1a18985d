"""Places: nobody gets one that is not there, everybody learns who holds them, the idle give way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.capacity import CapacityPolicy, capacity_shortage, reason_kept, require_capacity
from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Blocker, BlockerKind, Drain, Line, OperationKind, Verdict
from router.domain.version import LineId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FULL = "the limit of 2 lines is reached (ROUTER_MAX_LINES)"
QUOTA = "Could not make the plan: additional quota is needed."


def line(minor: int, state: LineState, **more: object) -> Line:
    made = Line(LineId(1, minor), state, NOON, "app", "plan", f"Hub1x{minor}")
    return replace(made, **more)


def drained(minor: int, since: datetime, **more: object) -> Line:
    proof = Drain(Verdict.DRAINED, since, quiet_since=since, empty_since=since)
    return line(minor, LineState.DRAINING, drain=proof, **more)


NEW = line(9, LineState.REGISTERED)
ACTIVE = line(2, LineState.ACTIVE)


@pytest.mark.parametrize("state", LineState)
def test_every_line_that_may_have_an_app_holds_a_place(state):
    holds = state not in (LineState.REGISTERED, LineState.RETIRED)
    assert capacity_shortage(NEW, [ACTIVE, line(1, state)], 2) == (FULL if holds else None)


def test_without_a_limit_there_is_always_a_place():
    assert capacity_shortage(NEW, [line(n, LineState.ACTIVE) for n in range(200)], 0) is None


def test_of_lines_that_come_up_at_once_the_first_go_first_and_no_two_wait_for_each_other():
    coming = [line(n, LineState.PROVISIONING, since=NOON + n // 2 * HOUR) for n in (5, 3, 4, 7, 6)]
    served = [each for each in coming if capacity_shortage(each, [ACTIVE, *coming], 3) is None]
    assert [each.id.minor for each in served] == [3, 4]


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING, LineState.FAILED])
def test_a_line_that_has_its_place_keeps_it_when_the_limit_is_lowered(state):
    lines = [line(n, state) for n in range(3)]
    for each in lines:
        require_capacity(each, lines, 1, 60)
        assert capacity_shortage(each, lines, 1) is None


def test_who_finds_no_place_learns_who_holds_them_and_why():
    busy = Blocker(BlockerKind.INSTANCE, "order order-7 is Running since noon")
    holders = [
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
        require_capacity(NEW, [*holders, NEW], 7, 0.2)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"], problem["limit"]) == (429, "limit-reached", 7)
    assert problem["retryAfterSeconds"] == 1
    assert problem["lines"] == [
        {"line": "1.2", "state": "active", "why": "it serves starts"},
        {"line": "1.1", "state": "draining", "why": "order order-7 is Running since noon"},
        {"line": "1.3", "state": "draining", "why": "its work has not been looked at yet"},
        {
            "line": "1.4",
            "state": "draining",
            "why": "drained since 2026-11-22 12:00:00 UTC, and kept",
        },
        {
            "line": "1.5",
            "state": "retiring",
            "why": "it is being retired; its place will be free",
        },
        {"line": "1.6", "state": "provisioning", "why": "it is being brought up"},
        {"line": "1.7", "state": "failed", "why": "it did not come up: no module named stock"},
    ]
    assert "1.1 draining: order order-7 is Running since noon" in problem["detail"]


def test_azures_limit_is_taken_for_every_line_that_would_need_a_place():
    waiting = line(3, LineState.PROVISIONING, waiting_for_capacity=QUOTA)
    for refused in (NEW, waiting, line(8, LineState.RETIRED)):
        with pytest.raises(Unavailable) as caught:
            require_capacity(refused, [ACTIVE, waiting], 0, 60)
        assert QUOTA in caught.value.detail
        assert [each["line"] for each in caught.value.fields["lines"]] == ["1.2"]
    require_capacity(ACTIVE, [ACTIVE, waiting], 0, 60)


KEEP_TWO = CapacityPolicy(keep_lines=2)


def test_the_highest_draining_lines_are_kept_and_the_others_go():
    lines = [ACTIVE, drained(1, NOON), line(0, LineState.DRAINING), drained(4, NOON)]
    kept = {each.id.minor: reason_kept(each, lines, KEEP_TWO, NOON) for each in lines[1:]}
    words = "it is one of the last 2 draining lines (ROUTER_KEEP_LINES)"
    assert kept == {4: words, 1: words, 0: None}


def test_a_line_is_kept_for_its_time_after_its_last_work():
    policy = CapacityPolicy(keep_for=HOUR)
    old = drained(1, NOON)
    words = "it is kept until 2026-11-22 13:00:00 UTC (ROUTER_KEEP_SECONDS)"
    assert reason_kept(old, [old], policy, NOON + HOUR - timedelta.resolution) == words
    assert reason_kept(old, [old], policy, NOON + HOUR) is None


FOR_EVER = CapacityPolicy(limit=3, keep_lines=9, keep_for=1000 * HOUR)


def test_when_the_places_are_taken_the_longest_drained_line_gives_way_alone():
    newest, oldest = drained(4, NOON + HOUR), drained(5, NOON)
    busy = line(1, LineState.DRAINING, drain=Drain(Verdict.BUSY, NOON - HOUR))
    lines = [ACTIVE, newest, oldest]
    assert reason_kept(oldest, lines, FOR_EVER, NOON) is None
    assert reason_kept(newest, lines, FOR_EVER, NOON) is not None
    assert reason_kept(busy, [busy, *lines], FOR_EVER, NOON) is not None


def test_while_there_is_room_nobody_gives_way():
    oldest = drained(5, NOON)
    assert reason_kept(oldest, [ACTIVE, oldest], FOR_EVER, NOON) is not None


@pytest.mark.parametrize(
    "leaving",
    [
        line(3, LineState.RETIRING),
        line(3, LineState.DRAINING, operation="retire-1-3-9", operation_kind=OperationKind.RETIRE),
    ],
)
def test_while_a_place_is_about_to_be_free_nobody_else_gives_way(leaving):
    oldest = drained(5, NOON)
    assert reason_kept(oldest, [ACTIVE, oldest, leaving], FOR_EVER, NOON) is not None


def test_a_line_that_azure_has_no_room_for_makes_the_longest_drained_give_way():
    oldest, waiting = drained(5, NOON), line(6, LineState.PROVISIONING, waiting_for_capacity=QUOTA)
    policy = replace(FOR_EVER, limit=0)
    assert reason_kept(oldest, [oldest, waiting], policy, NOON) is None
    assert (
        reason_kept(oldest, [oldest, replace(waiting, waiting_for_capacity=None)], policy, NOON)
        is not None
    )
