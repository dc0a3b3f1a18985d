"""Texts that only a newer router knows are kept, shown and found."""

from dataclasses import replace

from router.domain.line_states import LineState, may_become
from router.domain.model import Blocker, Drain, OperationKind, Verdict
from router.domain.stored_text import unknown_in
from tests.unit.azure.storage.test_catalog_rows import LINE, NOON


def test_text_of_a_newer_router_is_shown_as_it_is() -> None:
    state = LineState("paused")
    assert (str(state), f"{state}", state == "paused", state.is_known) == (
        *["paused"] * 2,
        True,
        False,
    )
    assert not state.serves
    assert not may_become(state, LineState.ACTIVE)
    assert LineState.ACTIVE.is_known


def test_unknown_texts_are_found_at_any_depth() -> None:
    assert unknown_in(LINE) == ()
    drain = Drain(Verdict("half"), NOON, (Blocker("storm", "it rains"),))  # type: ignore[arg-type]
    assert unknown_in(replace(LINE, drain=drain)) == ("half",)
    changed = replace(LINE, state=LineState("paused"), operation_kind=OperationKind("pause"))
    assert unknown_in(changed) == ("paused", "pause")
