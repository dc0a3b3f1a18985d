"""The time limit of every call: `functionTimeout` of host.json, or the default of the plan."""

from collections.abc import Mapping
from typing import Any

from emulator.host.configuration import time_span
from emulator.host.configuration.host_json import section
from emulator.host.errors import PackageFailed

CONSUMPTION = "Dynamic"  # the value of WEBSITE_SKU
CONSUMPTION_SECONDS = 5 * 60
DEFAULT_SECONDS = 30 * 60


def time_limit(document: Mapping[str, Any], settings: Mapping[str, str]) -> int | None:
    """Return the limit in seconds, None without one. Raises PackageFailed for an invalid one."""
    text = section(document, "functionTimeout")
    if text in (None, ""):
        consumption = settings.get("WEBSITE_SKU") == CONSUMPTION
        return CONSUMPTION_SECONDS if consumption else DEFAULT_SECONDS
    if str(text).startswith("-1"):
        return None
    seconds = time_span.parse(str(text))
    if seconds is None:
        raise PackageFailed(f"functionTimeout in host.json is '{text}', not a time like 00:05:00")
    return int(seconds)


def span_text(seconds: int) -> str:
    """Return a number of seconds as .NET writes a time span."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}.' if days else ''}{hours:02d}:{minutes:02d}:{rest:02d}"
