"""The version policy that decides which instances a host runs.

Versions are compared as .NET compares them.
"""

import re
from dataclasses import dataclass
from typing import Literal

from emulator.engine.model.executor import Complete, EpisodeOutcome

NUMERIC = re.compile(r"\s*\d+(\.\d+){1,3}\s*")
MatchStrategy = Literal["None", "Strict", "CurrentOrOlder"]
FailureStrategy = Literal["Reject", "Fail"]


@dataclass(frozen=True, slots=True)
class VersionPolicy:
    """The policy of a host, whose own version is `default` or None."""

    default: str | None = None
    match: MatchStrategy = "CurrentOrOlder"
    failure: FailureStrategy = "Reject"

    def accepts(self, version: str | None) -> bool:
        """Return True if the host runs an instance of this version."""
        if self.match == "None":
            return True
        if self.match == "Strict":
            return (version or "") == (self.default or "")
        return compare(version or "", self.default or "") <= 0

    def mismatch(self, version: str | None) -> EpisodeOutcome | None:
        """Return the outcome for an instance of this version, or None if the host runs it."""
        if self.accepts(version):
            return None
        return EpisodeOutcome(rejected=True) if self.failure == "Reject" else MISMATCH


MISMATCH = EpisodeOutcome(
    decisions=(
        Complete(
            event_id=-1,
            status="Failed",
            result=None,
            failure={
                "ErrorType": "VersionMismatch",
                "ErrorMessage": "Orchestration version did not comply with Worker Versioning",
                "StackTrace": None,
                "InnerFailure": None,
                "IsNonRetriable": True,
            },
        ),
    )
)


def compare(left: str, right: str) -> int:
    """Return a number below, at or above zero, like a comparison function.

    Two to four numbers compare as numbers, missing ones being lowest. Anything else compares as
    text regardless of case. A blank version is older than any other.
    """
    if not left.strip() or not right.strip():
        return bool(left.strip()) - bool(right.strip())
    if NUMERIC.fullmatch(left) and NUMERIC.fullmatch(right):
        ours, theirs = ([int(part) for part in each.split(".")] for each in (left, right))
        return (ours > theirs) - (ours < theirs)
    return (left.lower() > right.lower()) - (left.lower() < right.lower())
