"""The schedule of a timer: an NCRONTAB expression or a time span between two occurrences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from emulator.host.configuration import time_span
from emulator.host.triggers import ncrontab

_SHORTEST_MONITORED = timedelta(minutes=1)


class InvalidScheduleError(Exception):
    """A timer's schedule cannot be read. The text is that of the real host."""


class Schedule(Protocol):
    """Says when a timer is due."""

    @property
    def adjusts_for_dst(self) -> bool:
        """Return whether occurrences follow the clock instead of the time that has passed."""

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first occurrence after a moment."""


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """Occurrences that a NCRONTAB expression names."""

    crontab: ncrontab.Crontab
    adjusts_for_dst: bool = True

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first occurrence after a moment."""
        return self.crontab.next_after(moment)


@dataclass(frozen=True, slots=True)
class ConstantSchedule:
    """Occurrences that are a time span apart."""

    interval: timedelta
    adjusts_for_dst: bool = False

    def next_after(self, moment: datetime) -> datetime:
        """Return the moment after the interval."""
        return moment + self.interval


def parse(text: str) -> Schedule:
    """Return the schedule of a text. Raises InvalidScheduleError."""
    try:
        return CronSchedule(ncrontab.parse(text))
    except ncrontab.InvalidExpressionError:
        seconds = time_span.parse(text)
        if not seconds:
            raise InvalidScheduleError(
                f"The schedule expression '{text}' was not recognized as a valid cron expression "
                "or timespan string."
            ) from None
        return ConstantSchedule(timedelta(seconds=seconds))


def is_monitored(schedule: Schedule, now: datetime) -> bool:
    """Return whether occurrences are far enough apart for their status to be stored."""
    first = schedule.next_after(now)
    second = None if first is None else schedule.next_after(first)
    return first is None or second is None or second - first >= _SHORTEST_MONITORED
