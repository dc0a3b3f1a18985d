"""Which instances a host runs, by their version and its own.

Owns the comparison of versions as .NET makes it and the two strategies. Pure.
"""

import re
from dataclasses import dataclass
from typing import Literal

from emulator.engine.model.executor import Complete, Outcome

NUMERIC = re.compile(r"\s*\d+(\.\d+){1,3}\s*")
MatchStrategy = Literal["None", "Strict", "CurrentOrOlder"]
FailureStrategy = Literal["Reject", "Fail"]


@dataclass(frozen=True, slots=True)
class VersionPolicy:
    """`default` is the host's own version, None without one."""

    default: str | None = None
    match: MatchStrategy = "CurrentOrOlder"
    failure: FailureStrategy = "Reject"

    def accepts(self, version: str | None) -> bool:
        """Whether the host runs an instance of that version."""
        if self.match == "None":
            return True
        if self.match == "Strict":
            return (version or "") == (self.default or "")
        return compare(version or "", self.default or "") <= 0

    def mismatch(self, version: str | None) -> Outcome | None:
        """What becomes of a turn of an instance of that version; None: run it."""
        if self.accepts(version):
            return None
        return Outcome(rejected=True) if self.failure == "Reject" else MISMATCH


MISMATCH = Outcome(
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
    """Below, at or above zero. Two to four numbers compare as numbers, missing ones lowest;
    anything else as text regardless of case; nothing is older than anything."""
    if not left.strip() or not right.strip():
        return bool(left.strip()) - bool(right.strip())
    if NUMERIC.fullmatch(left) and NUMERIC.fullmatch(right):
        ours, theirs = ([int(part) for part in each.split(".")] for each in (left, right))
        return (ours > theirs) - (ours < theirs)
    return (left.lower() > right.lower()) - (left.lower() < right.lower())
