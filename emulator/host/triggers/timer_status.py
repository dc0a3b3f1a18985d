"""The status of a timer: when it ran and when it is due next, and what follows from it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from emulator.host.triggers.schedule import Schedule

NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """When a timer ran last, when it is due next, and when this was written."""

    last: datetime
    next: datetime
    updated: datetime

    def document(self) -> dict[str, str]:
        """Return it as it is stored and as functions get it."""
        return {
            "Last": _text(self.last),
            "Next": _text(self.next),
            "LastUpdated": _text(self.updated),
        }


def status_of(text: str) -> TimerStatus:
    """Return the status in a stored document. Raises ValueError or KeyError."""
    document = json.loads(text)
    return TimerStatus(*(_moment(document[name]) for name in ("Last", "Next", "LastUpdated")))


def after_run(schedule: Schedule, moment: datetime) -> TimerStatus:
    """Return the status after an occurrence."""
    return TimerStatus(moment, schedule.next_after(moment) or NEVER, moment)


def at_start(schedule: Schedule, stored: TimerStatus | None, now: datetime) -> TimerStatus:
    """Return the status with which a listener begins.

    A timer that never ran, or whose schedule has changed, is due at its next occurrence.
    """
    fresh = TimerStatus(NEVER, schedule.next_after(now) or NEVER, now)
    if stored is None:
        return fresh
    reference = stored.last if stored.last > NEVER else stored.updated
    return stored if schedule.next_after(reference) == stored.next else fresh


def is_past_due(status: TimerStatus, now: datetime) -> bool:
    """Return whether an occurrence was missed."""
    return NEVER < status.next < now


async def read(blob: BlobClient) -> TimerStatus | None:
    """Return the stored status, None if there is none that can be read."""
    try:
        return status_of((await (await blob.download_blob()).readall()).decode())
    except (ResourceNotFoundError, ValueError, KeyError, TypeError):
        return None


async def write(blob: BlobClient, status: TimerStatus) -> None:
    """Store a status."""
    await blob.upload_blob(json.dumps(status.document()).encode(), overwrite=True)


def _text(moment: datetime) -> str:
    return "0001-01-01T00:00:00" if moment == NEVER else moment.isoformat()


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
