"""The life of a line, as one table. Everything that says what a state means is in this file.

Rules: a line is in exactly one state; a transition that is not in the table does not happen; a
patch deployment does not change the state. Knows nothing of how a state is reached or stored.
The diagram in docs/architecture.md is generated from this table.
"""

from enum import StrEnum


class LineState(StrEnum):
    """Where a line is in its life."""

    REGISTERED = "registered"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    DRAINING = "draining"
    RETIRING = "retiring"
    RETIRED = "retired"
    FAILED = "failed"


class Starts(StrEnum):
    """What a line in a state does with a start."""

    FORWARDED = "forwarded"
    PARKED = "parked"
    REFUSED = "refused"


SERVES: dict[LineState, Starts] = {
    LineState.REGISTERED: Starts.PARKED,
    LineState.PROVISIONING: Starts.PARKED,
    LineState.ACTIVE: Starts.FORWARDED,
    LineState.DRAINING: Starts.FORWARDED,
    LineState.RETIRING: Starts.PARKED,
    LineState.RETIRED: Starts.PARKED,
    LineState.FAILED: Starts.REFUSED,
}

TRANSITIONS: dict[tuple[LineState, LineState], str] = {
    (LineState.REGISTERED, LineState.PROVISIONING): "a start arrives, or ops ask",
    (LineState.PROVISIONING, LineState.ACTIVE): "the app is healthy",
    (LineState.PROVISIONING, LineState.FAILED): "the app fails for good",
    (LineState.ACTIVE, LineState.DRAINING): "a higher line is active, or ops ask",
    (LineState.DRAINING, LineState.ACTIVE): "ops undo the drain",
    (LineState.DRAINING, LineState.RETIRING): "drained, and idle long enough",
    (LineState.RETIRING, LineState.DRAINING): "work is found before deletion began",
    (LineState.RETIRING, LineState.RETIRED): "app and hub are gone",
    (LineState.RETIRED, LineState.PROVISIONING): "a start arrives, or ops ask",
    (LineState.FAILED, LineState.PROVISIONING): "the next deployment, or ops, try again",
    (LineState.FAILED, LineState.RETIRING): "ops give it up, and it holds no work",
}


def may_become(now: LineState, then: LineState) -> bool:
    """Whether the table has this transition."""
    return (now, then) in TRANSITIONS
