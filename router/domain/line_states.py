"""The states of a line and the transitions between them.

A line is in exactly one state, and a patch does not change it. The diagram in
docs/concepts.md is generated from this table.
"""

from enum import StrEnum

from router.domain.stored_text import StoredText


class Starts(StrEnum):
    """The ways in which a line can handle a start."""

    FORWARDED = "forwarded"
    PARKED = "parked"
    REFUSED = "refused"


class LineState(StoredText):
    """The state of a line."""

    REGISTERED = "registered"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    DRAINING = "draining"
    RETIRING = "retiring"
    RETIRED = "retired"
    FAILED = "failed"

    @property
    def serves(self) -> bool:
        """Return whether starts are forwarded to the line's app."""
        return STARTS.get(self) is Starts.FORWARDED


STARTS: dict[LineState, Starts] = {
    LineState.REGISTERED: Starts.PARKED,
    LineState.PROVISIONING: Starts.PARKED,
    LineState.ACTIVE: Starts.FORWARDED,
    LineState.DRAINING: Starts.FORWARDED,
    LineState.RETIRING: Starts.PARKED,
    LineState.RETIRED: Starts.PARKED,
    LineState.FAILED: Starts.REFUSED,
}

TRANSITIONS: dict[tuple[LineState, LineState], str] = {
    (LineState.REGISTERED, LineState.PROVISIONING): "start or ops request",
    (LineState.PROVISIONING, LineState.ACTIVE): "app is healthy",
    (LineState.PROVISIONING, LineState.FAILED): "provisioning fails permanently",
    (LineState.ACTIVE, LineState.DRAINING): "higher line is active, or ops request",
    (LineState.DRAINING, LineState.ACTIVE): "ops undo the drain",
    (LineState.DRAINING, LineState.RETIRING): "drained and no longer kept",
    (LineState.RETIRING, LineState.DRAINING): "work is found before deletion begins",
    (LineState.RETIRING, LineState.FAILED): "work is found, but no release has run",
    (LineState.RETIRING, LineState.RETIRED): "app and hub are deleted",
    (LineState.RETIRED, LineState.PROVISIONING): "start or ops request",
    (LineState.FAILED, LineState.PROVISIONING): "next deployment or ops retry",
    (LineState.FAILED, LineState.RETIRING): "ops abandon it, and it holds no work",
}


def may_become(now: LineState, then: LineState) -> bool:
    """Return whether the table has this transition."""
    return (now, then) in TRANSITIONS
