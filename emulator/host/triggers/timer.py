"""The listener of a timer, which one host at a time runs."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

from azure.storage.blob.aio import BlobClient

from emulator.host.errors import FunctionFailed
from emulator.host.functions.values.trigger_value import Fire, TriggerValue
from emulator.host.triggers import singleton, timer_status
from emulator.host.triggers.activity import Activity
from emulator.host.triggers.schedule import Schedule, is_monitored
from emulator.host.triggers.timer_status import TimerStatus

_LONGEST_SLEEP = 3600.0

log = logging.getLogger("Host.Triggers")


class TimerListener:
    """Fires one function when its schedule says so. `status` and `lock` are blobs."""

    def __init__(
        self,
        schedule: Schedule,
        fire: Fire,
        activity: Activity,
        *,
        status: BlobClient,
        lock: BlobClient,
    ) -> None:
        self._schedule = schedule
        self._fire = fire
        self._activity = activity
        self._blob = status
        self._lock = lock
        self._status: TimerStatus | None = None  # None if occurrences are less than a minute apart

    async def run(self, *, on_startup: bool, monitored: bool | None = None) -> None:
        """Fire until cancelled: first for an occurrence that was missed, or if `on_startup`."""
        if monitored is not False:
            monitored = is_monitored(self._schedule, _now())
        async with singleton.held(self._lock):
            past_due = await self._begin() if monitored else False
            if on_startup or past_due:
                await self._run_once(past_due=past_due)
            while (due := self._schedule.next_after(_now())) is not None:
                self._activity.expect(self, due)
                await _sleep_until(due)
                await self._run_once(past_due=False)

    async def _begin(self) -> bool:
        """Read the status and return whether an occurrence was missed."""
        now, stored = _now(), await timer_status.read(self._blob)
        self._status = timer_status.at_start(self._schedule, stored, now)
        if self._status != stored:
            await timer_status.write(self._blob, self._status)
        return timer_status.is_past_due(self._status, now)

    async def _run_once(self, *, past_due: bool) -> None:
        moment = _now()
        try:
            await self._fire(timer_value(self._schedule, self._status, past_due=past_due))
        except FunctionFailed as error:
            log.exception("a timer's function failed", exc_info=error.__cause__)
        if self._status is not None:
            self._status = timer_status.after_run(self._schedule, moment)
            await timer_status.write(self._blob, self._status)


def timer_value(schedule: Schedule, status: TimerStatus | None, *, past_due: bool) -> TriggerValue:
    """Return what a timer passes to its function."""
    document: dict[str, Any] = {
        "Schedule": {"AdjustForDST": schedule.adjusts_for_dst},
        "ScheduleStatus": status and status.document(),
        "IsPastDue": past_due,
    }
    return TriggerValue(json.dumps(document).encode(), "json")


def _now() -> datetime:
    return datetime.now(UTC)


async def _sleep_until(moment: datetime) -> None:
    while (left := (moment - _now()).total_seconds()) > 0:  # noqa: ASYNC110 - time passes
        await asyncio.sleep(min(left, _LONGEST_SLEEP))
