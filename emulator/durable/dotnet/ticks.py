"""Timestamps as .NET ticks of 100 ns, which a Python datetime cannot represent.

Entities order their messages by timestamps one tick apart, so these must not be rounded.
"""

from datetime import datetime, timedelta

TICKS_PER_SECOND = 10_000_000
EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 - .NET counts ticks from here, without a zone
MIN_TIME = "0001-01-01T00:00:00"


def to_ticks(text: str) -> int:
    """Return the ticks since year 1 of an RFC 3339 text in UTC, with or without its `Z`."""
    whole, _, fraction = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    seconds = int((datetime.fromisoformat(whole) - EPOCH).total_seconds())
    return seconds * TICKS_PER_SECOND + int(fraction.ljust(7, "0")[:7] or 0)


def to_text(ticks: int) -> str:
    """Return the text of a .NET DateTime of unspecified kind, without a zone."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).isoformat()
    return f"{whole}.{fraction:07d}".rstrip("0").rstrip(".")
