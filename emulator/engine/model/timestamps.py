"""Points in time as the engine writes them: RFC 3339 text in UTC with seven decimals (100 ns).

Texts rather than datetimes travel through the engine, so that what was read is written again
unchanged: Python's datetime holds only six decimals.
"""

import time
from datetime import UTC, datetime


def now() -> str:
    """The present as text."""
    nanoseconds = time.time_ns()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(nanoseconds // 1_000_000_000))
    return f"{whole}.{nanoseconds // 100 % 10_000_000:07d}Z"


def text(moment: datetime) -> str:
    """A datetime (any zone) as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def parse(written: str) -> datetime:
    """Text back to a datetime in UTC; decimals beyond six are cut."""
    whole, _, fraction = written.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")


class Column(str):
    """Text as the value of a table column of type Edm.DateTime, as against one of strings."""

    __slots__ = ()


def padded(written: str) -> str:
    """Text with the decimals filled up to seven, as storage may have cut zeros."""
    whole, _, fraction = written.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<7}Z"
