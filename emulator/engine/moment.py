"""Points in time as the engine writes them: RFC 3339 text in UTC with seven decimals (100 ns).

Texts rather than datetimes travel through the engine, so that what was read is written again
unchanged: Python's datetime holds only six decimals.
"""

import time
from datetime import UTC, datetime

from azure.data.tables import EdmType, EntityProperty


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


def column(written: str) -> EntityProperty:
    """Text as the value of a table column of type Edm.DateTime."""
    return EntityProperty(written, EdmType.DATETIME)


def from_column(value: object) -> str:
    """The text of a column's value, read or about to be written."""
    if isinstance(value, EntityProperty):
        return str(value.value)
    recorded: str = getattr(value, "tables_service_value", "")
    if recorded:
        whole, _, fraction = recorded.removesuffix("Z").partition(".")
        return f"{whole}.{fraction:0<7}Z"
    if isinstance(value, datetime):
        return text(value)
    raise TypeError(f"not a time: {value!r}")
