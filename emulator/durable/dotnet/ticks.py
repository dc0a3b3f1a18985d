"""Moments as ticks of 100 nanoseconds, to calculate with what a Python datetime cannot hold.

Entities order their messages by moments one tick apart, so these must survive unrounded.
"""

from datetime import datetime, timedelta

TICKS_PER_SECOND = 10_000_000
EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 - .NET counts ticks from here, without a zone
NEVER = "0001-01-01T00:00:00"


def ticks(text: str) -> int:
    """Ticks since the year 1 of an RFC 3339 text in UTC, with or without its `Z`."""
    whole, _, fraction = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    seconds = int((datetime.fromisoformat(whole) - EPOCH).total_seconds())
    return seconds * TICKS_PER_SECOND + int(fraction.ljust(7, "0")[:7] or 0)


def text(count: int) -> str:
    """The moment as text without a zone, as .NET writes one whose kind it does not know."""
    seconds, fraction = divmod(count, TICKS_PER_SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).isoformat()
    return f"{whole}.{fraction:07d}".rstrip("0").rstrip(".")
