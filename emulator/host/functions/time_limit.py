"""The time limit of every call: `functionTimeout` of host.json, or the default of the plan."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.host.configuration.host_json import section
from emulator.host.errors import PackageFailed

CONSUMPTION = "Dynamic"  # the value of WEBSITE_SKU
CONSUMPTION_SECONDS = 5 * 60
DEFAULT_SECONDS = 30 * 60
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d))?")


def time_limit(document: Mapping[str, Any], settings: Mapping[str, str]) -> int | None:
    """Return the limit in seconds, None without one. Raises PackageFailed for an invalid one."""
    text = section(document, "functionTimeout")
    if text in (None, ""):
        consumption = settings.get("WEBSITE_SKU") == CONSUMPTION
        return CONSUMPTION_SECONDS if consumption else DEFAULT_SECONDS
    if str(text).startswith("-1"):
        return None
    span = _SPAN.fullmatch(str(text))
    if span is None:
        raise PackageFailed(f"functionTimeout in host.json is '{text}', not a time like 00:05:00")
    days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def span_text(seconds: int) -> str:
    """Return a number of seconds as .NET writes a time span."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}.' if days else ''}{hours:02d}:{minutes:02d}:{rest:02d}"
