"""The table of states is complete."""

from router.domain.line_states import STARTS, TRANSITIONS, LineState, may_become


def reachable_from(state: LineState) -> set[LineState]:
    seen = {state}
    while more := {then for now, then in TRANSITIONS if now in seen} - seen:
        seen |= more
    return seen


def test_every_state_is_reachable_from_registered() -> None:
    assert reachable_from(LineState.REGISTERED) == set(LineState)


def test_active_is_reachable_from_every_state() -> None:
    assert all(LineState.ACTIVE in reachable_from(state) for state in LineState)


def test_every_state_defines_how_it_handles_starts() -> None:
    assert set(STARTS) == set(LineState)
    assert {state for state in LineState if state.serves} == {LineState.ACTIVE, LineState.DRAINING}


def test_only_transitions_of_the_table_are_allowed() -> None:
    assert may_become(LineState.DRAINING, LineState.RETIRING)
    assert not may_become(LineState.ACTIVE, LineState.RETIRING)
    assert not may_become(LineState.ACTIVE, LineState.ACTIVE)
