"""What came of one attempt to bring a parked start to its line."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Its instance exists."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The line's app, or the claim of its id, refused it for good."""

    detail: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It is to be tried again after so many seconds.

    `reason` is for the caller; None while the line is being brought up.
    """

    seconds: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It was terminated while it was parked, and ended if it arrived all the same."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """It is over already: a call of the activity was delivered again, or its id was reused."""


Outcome = Forwarded | Rejected | Waiting | Cancelled | Superseded


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as an activity returns it; the form is a contract with orchestrators."""
    match outcome:
        case Rejected(detail):
            return {"state": "rejected", "detail": detail}
        case Waiting(seconds, reason):
            return {"state": "waiting", "seconds": seconds, "reason": reason}
        case Forwarded() | Cancelled() | Superseded():
            return {"state": type(outcome).__name__.lower()}


def rejection(output: Any) -> str | None:
    """Return why a start was rejected by its orchestration's output; None if it was not."""
    if isinstance(output, dict) and output.get("state") == "rejected":
        return str(output.get("detail"))
    return None
