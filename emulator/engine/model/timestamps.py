"""Timestamps as the engine stores them: RFC 3339 text in UTC with seven decimals (100 ns).

The engine passes texts rather than datetimes, so that a value is written back exactly as it was
read: Python's datetime has only six decimals.
"""

import time
from datetime import UTC, datetime


def now() -> str:
    """Return the current time as text."""
    nanoseconds = time.time_ns()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(nanoseconds // 1_000_000_000))
    return f"{whole}.{nanoseconds // 100 % 10_000_000:07d}Z"


def to_text(value: datetime) -> str:
    """Return a datetime of any zone as text."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def parse(text: str) -> datetime:
    """Return a text as a datetime in UTC, truncated to six decimals."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")


class DateTimeColumn(str):
    """The value of an Edm.DateTime table column, as opposed to a string column."""

    __slots__ = ()


def pad(text: str) -> str:
    """Return the text with seven decimals, because storage may have dropped trailing zeros."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<7}Z"
