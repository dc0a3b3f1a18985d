"""The outcome of one call of a step, as its orchestrator sees it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """The step has succeeded."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The step is to be called again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The step has failed permanently."""

    error: str


Outcome = Done | Waiting | Failed


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as an activity returns it."""
    # The form is a contract: operations in flight outlive an upgrade of the router.
    match outcome:
        case Waiting(seconds):
            return {"state": "waiting", "seconds": seconds}
        case Failed(error):
            return {"state": "failed", "error": error}
        case Done():
            return {"state": "done"}
