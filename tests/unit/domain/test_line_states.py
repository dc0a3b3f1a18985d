"""The table of states is whole: each is reached, is left, and says what it does with starts."""

from router.domain.line_states import SERVES, TRANSITIONS, LineState, Starts, may_become


def reachable_from(state: LineState) -> set[LineState]:
    seen = {state}
    while more := {then for now, then in TRANSITIONS if now in seen} - seen:
        seen |= more
    return seen


def test_every_state_is_reached_from_the_first():
    assert reachable_from(LineState.REGISTERED) == set(LineState)


def test_every_state_leads_back_to_serving():
    assert all(LineState.ACTIVE in reachable_from(state) for state in LineState)


def test_every_state_says_what_it_does_with_starts():
    assert set(SERVES) == set(LineState)
    served = {state for state, starts in SERVES.items() if starts is Starts.FORWARDED}
    assert served == {LineState.ACTIVE, LineState.DRAINING}


def test_a_transition_is_in_the_table_or_does_not_happen():
    assert may_become(LineState.DRAINING, LineState.RETIRING)
    assert not may_become(LineState.ACTIVE, LineState.RETIRING)
    assert not may_become(LineState.ACTIVE, LineState.ACTIVE)
