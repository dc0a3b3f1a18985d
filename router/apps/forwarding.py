"""Forward a start to the function app of its line so that its instance exists exactly once.

A start is retried under the same instance id for a bounded time, and not sent again once an earlier
attempt has arrived. That time counts from when the line's state was known: a retirement relies on
no request being in flight once it is over.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat

from router.apps.circuits import AWAY, NO_HOST
from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.apps.stores import Stores
from router.domain.errors import (
    PlatformBusy,
    PlatformFailed,
    Refusal,
    Unavailable,
    Unreadable,
    cause,
)
from router.domain.instance_id import already_exists
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.texts.trace import Trace
from router.ports import Answer, Monotonic

_PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds between attempts; after these the last, twice as long
_REFUSALS = frozenset(
    {400, 413, 415, 422}
)  # anything else may be temporary: a stopped app, a lost key


@dataclass(frozen=True, slots=True)
class Start:
    """One start.

    `value`: JSON text, empty for none. `since`: when the caller asked. `given`: the caller chose
    the id, which others may use as well. `before`: creation time of the instance that already
    existed under the id. Any other instance belongs to this start. `trace`: the caller's.
    """

    function: str
    instance_id: str
    value: str
    since: datetime
    before: datetime | None = None
    given: bool = False
    trace: Trace = field(default_factory=dict)


class Forwarding:
    """Sends starts to apps, each within `seconds`."""

    def __init__(
        self,
        apps: AppClient,
        stores: Stores,
        marks: DrainMarks,
        seconds: float,
        monotonic: Monotonic,
    ) -> None:
        self._apps = apps
        self._stores = stores
        self._marks = marks
        self._seconds = seconds
        self._monotonic = monotonic

    async def accepts_work(self, line: Line) -> bool:
        """Return whether work may be sent to the line, after marking the row of one that drains."""
        return line.state is not LineState.DRAINING or await self._marks.mark(line)

    async def send(
        self, line: Line, start: Start, *, known_at: float | None = None, repeated: bool = False
    ) -> str | None:
        """Return None once the instance exists, or why the line did not take it in time.

        `known_at`: until when (monotonic) the line's state could be trusted. None means now.
        `repeated`: an earlier attempt may have arrived, so check before sending.
        An app that keeps failing is given up at once. Raises Refusal when the app refuses the start
        permanently.
        """
        deadline = self._seconds + (self._monotonic() if known_at is None else known_at)
        if not self._apps.admit(line):
            return AWAY
        if not await self.accepts_work(line):
            return "the line is being retired"
        for pause in chain(_PAUSES, repeat(_PAUSES[-1] * 2)):
            problem = await self._attempt(line, start, deadline, repeated=repeated)
            if problem is None or self._monotonic() + pause >= deadline:
                return problem
            if self._apps.keeps_failing(line):
                return problem
            repeated = True
            await asyncio.sleep(pause)
        raise AssertionError("pauses have no end")

    async def has_arrived(self, line: Line, start: Start) -> bool:
        """Return whether an earlier attempt of this very start has created the instance."""
        owner = await self._stores.tracking(line).owner(start.instance_id)
        return owner is not None and owner.created_at != start.before

    async def _attempt(
        self, line: Line, start: Start, deadline: float, *, repeated: bool
    ) -> str | None:
        """Return None once the instance exists. No request is in flight after the deadline."""
        try:
            if repeated and await self.has_arrived(line, start):
                return None
            found = await self._apps.wake(line, start.instance_id, until=deadline)
            if found is not None and found.status in NO_HOST:
                return _answered(found)
            if repeated and found and found.status != 404 and await self.has_arrived(line, start):
                return None
            value, name = start.value.encode(), start.instance_id
            answer = await self._apps.start(
                line, start.function, name, value, start.trace, until=deadline
            )
            if answer is None:
                return "no time was left to ask the line's app"
            if answer.status == 409:
                return await self._conflict(line, start, repeated=repeated)
        except (Unavailable, Unreadable, PlatformBusy, PlatformFailed) as error:
            return cause(error)
        return _problem(answer, start)

    async def _conflict(self, line: Line, start: Start, *, repeated: bool) -> str | None:
        """Find out whether the running instance of this id belongs to this start."""
        if not start.given:
            return None
        if not repeated:
            raise already_exists(start.instance_id)
        owner = await self._stores.tracking(line).owner(start.instance_id)
        if owner is None:
            return "an instance of this id has just ended and been purged"
        if owner.created_at == start.before:
            raise already_exists(start.instance_id)
        return None


def function_disabled(answer: Answer) -> Refusal | None:
    """Return the refusal of a start whose function is disabled, or None for any other answer.

    Durable says so in the text of its 400 only.
    """
    if answer.status != 400 or b"is disabled" not in answer.body:
        return None
    detail = (
        "The function is disabled in the line's app (AzureWebJobs.<function>.Disabled). Nothing "
        "was started. Enable it, or use another version."
    )
    return Refusal(409, "function-disabled", detail)


def _answered(answer: Answer) -> str:
    return f"the line's app answered {answer.status}"


def _problem(answer: Answer, start: Start) -> str | None:
    if answer.status in (200, 202):
        return None
    if answer.status not in _REFUSALS:
        return _answered(answer)
    if (disabled := function_disabled(answer)) is not None:
        raise disabled
    raise Refusal(
        400,
        "start-refused",
        f"The app refused to start {start.function!r} (status {answer.status}). "
        "Check the function's name and the body.",
    )
