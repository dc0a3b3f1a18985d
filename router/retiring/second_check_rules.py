"""Decide what the look at the hub of a stopped app has shown."""

from enum import Enum, auto

from router.domain.model import BlockerKind, Drain, Verdict


class Seen(Enum):
    """The result of a look."""

    NO_WORK = auto()
    NOTHING_YET = auto()
    UNREADABLE = auto()
    WORK = auto()


def seen(drain: Drain) -> Seen:
    """Return what a judgement since the stop shows. A partial reading shows nothing."""
    match drain.verdict:
        case Verdict.DRAINED:
            return Seen.NO_WORK
        case Verdict.BUSY:
            return Seen.WORK
    is_partial = any(each.kind is BlockerKind.UNREADABLE for each in drain.blockers)
    return Seen.UNREADABLE if is_partial else Seen.NOTHING_YET
