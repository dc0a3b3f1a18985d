"""The outcome of one attempt to bring a parked start to its line."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The instance exists."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The line's app, or the claim of its id, refused it permanently."""

    detail: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It is to be retried after so many seconds.

    `reason` is shown to the caller, and is None while the line is being brought up.
    """

    seconds: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It was terminated while parked, and so was its instance if it arrived nevertheless."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """It was already over: the activity was delivered again, or the id was reused."""


Outcome = Forwarded | Rejected | Waiting | Cancelled | Superseded


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as an activity returns it."""
    # The form is a contract: orchestrations in flight outlive an upgrade of the router.
    match outcome:
        case Rejected(detail):
            return {"state": "rejected", "detail": detail}
        case Waiting(seconds, reason):
            return {"state": "waiting", "seconds": seconds, "reason": reason}
        case Forwarded() | Cancelled() | Superseded():
            return {"state": type(outcome).__name__.lower()}


def rejection(output: Any) -> str | None:
    """Return why a start was rejected, from its orchestration's output, or None if it was not."""
    if isinstance(output, dict) and output.get("state") == "rejected":
        return str(output.get("detail"))
    return None
