"""NCRONTAB expressions of 5 or 6 fields, of which the first of 6 are seconds.

Unlike cron, a day has to match both the day of the month and the day of the week.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST_DAYS = 366 * 8 + 1  # until the next 29 February, whatever the century


class InvalidExpressionError(ValueError):
    """A text is no NCRONTAB expression."""


@dataclass(frozen=True, slots=True)
class Crontab:
    """The sorted values of each field of an expression. Sunday is 0."""

    seconds: Sequence[int]
    minutes: Sequence[int]
    hours: Sequence[int]
    days: Sequence[int]
    months: Sequence[int]
    weekdays: Sequence[int]

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first occurrence after a moment in UTC, None if there is none for years."""
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        for number in range(_LONGEST_DAYS):
            day = start.date() + timedelta(days=number)
            if self._has(day):
                earliest = start.time() if number == 0 else time.min
                found = next((each for each in self._times() if each >= earliest), None)
                if found is not None:
                    return datetime.combine(day, found, UTC)
        return None

    def _has(self, day: date) -> bool:
        return (
            day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 in self.weekdays
        )

    def _times(self) -> Iterator[time]:
        return (
            time(hour, minute, second)
            for hour in self.hours
            for minute in self.minutes
            for second in self.seconds
        )


def parse(expression: str) -> Crontab:
    """Return the parsed expression. Raises InvalidExpressionError."""
    fields = expression.split()
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) != 6:
        raise InvalidExpressionError(f"'{expression}' has {len(fields)} fields, not 5 or 6")
    return Crontab(
        _values(fields[0], 0, 59),
        _values(fields[1], 0, 59),
        _values(fields[2], 0, 23),
        _values(fields[3], 1, 31),
        _values(fields[4], 1, 12, _MONTHS),
        _values(fields[5], 0, 6, _WEEKDAYS),
    )


def _values(field: str, low: int, high: int, names: Sequence[str] = ()) -> Sequence[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if slash and (not step.isdecimal() or int(step) == 0):
            raise InvalidExpressionError(f"'{part}' has an invalid step")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _value(first, low, names)
            end = _value(last, low, names) if dash else (high if slash else begin)
        if not low <= begin <= end <= high:
            raise InvalidExpressionError(f"'{part}' is not within {low} and {high}")
        found.update(range(begin, end + 1, int(step or 1)))
    return sorted(found)


def _value(text: str, low: int, names: Sequence[str]) -> int:
    if text.isdecimal():
        return int(text)
    if len(text) >= 3 and text[:3].lower() in names:
        return names.index(text[:3].lower()) + low
    raise InvalidExpressionError(f"'{text}' is not a value")
