"""The query of a request, parsed as leniently as in the real extension.

Invalid values count as absent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

STATUSES = (
    "Running",
    "Completed",
    "ContinuedAsNew",
    "Failed",
    "Canceled",
    "Terminated",
    "Pending",
    "Suspended",
)


class Query:
    """Values by case-insensitive name, joined by commas if repeated, as in .NET."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            known = self._values.get(name.lower())
            self._values[name.lower()] = value if known is None else f"{known},{value}"

    def text(self, name: str) -> str | None:
        return self._values.get(name.lower())

    def flag(self, name: str, *, default: bool) -> bool:
        return FLAGS.get((self.text(name) or "").strip().lower(), default)

    def number(self, name: str) -> int | None:
        try:
            return int(self.text(name) or "")
        except ValueError:
            return None

    def seconds(self, name: str) -> float | None:
        try:
            return float(self.text(name) or "")
        except ValueError:
            return None

    def time(self, name: str) -> datetime | None:
        try:
            parsed = datetime.fromisoformat((self.text(name) or "").replace(" ", "+", 1))
        except ValueError:
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)

    def statuses(self, name: str) -> tuple[str, ...]:
        """Return the statuses, repeated or comma-separated, by exact name or by number.

        A number that is no status is kept and matches nothing.
        """
        names = (each.strip() for each in (self.text(name) or "").split(","))
        return tuple(map(_status, filter(_is_status, names)))


FLAGS: Mapping[str, bool] = {"true": True, "false": False}
NUMBER = re.compile(r"[+-]?\d+")


def _is_status(name: str) -> bool:
    return name in STATUSES or NUMBER.fullmatch(name) is not None


def _status(name: str) -> str:
    number = int(name) if NUMBER.fullmatch(name) else -1
    return STATUSES[number] if 0 <= number < len(STATUSES) else name
