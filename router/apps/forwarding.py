"""Hands a start to the function app of its line, so that it is there exactly once.

Owns the retry: always the same instance id, for a bounded time, and never a second time when the
first one arrived after all. That time begins with what is known of the line: a retirement counts
on nothing being under way when it is over. Knows neither how the line was chosen nor what happens
otherwise.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from router.apps.drain_marks import StartNotes
from router.apps.keys import KeyRing
from router.domain.errors import (
    PlatformBusy,
    PlatformFailed,
    Refusal,
    Unavailable,
    Unreadable,
    cause,
)
from router.domain.line_states import LineState
from router.domain.model import Line
from router.ports import Answer, Route, Tracking, Upstream
from router.settings import Settings
from router.starts.claim_rules import already_there

_PAUSES = (0.1, 0.2, 0.4, 0.8)
_REFUSALS = frozenset({400, 413, 415, 422})  # all else may pass: a stopped app, a lost key


@dataclass(frozen=True, slots=True)
class Start:
    """One start. `value` is JSON text, empty for none; `since` is when the caller asked.

    `given`: the caller gave the id, which others may use as well. `before`: when an instance was
    made that was there under it already. Another one is this start's.
    """

    function: str
    instance_id: str
    value: str
    since: datetime
    before: datetime | None = None
    given: bool = False


class Forwarding:
    """Sends starts to apps, each within a bounded time; `ticks` are monotonic seconds."""

    def __init__(
        self,
        upstream: Upstream,
        keys: KeyRing,
        tracking: Tracking,
        notes: StartNotes,
        settings: Settings,
        ticks: Callable[[], float],
    ) -> None:
        self._upstream = upstream
        self._keys = keys
        self._tracking = tracking
        self._notes = notes
        self._scheme = settings.upstream_scheme
        self._within = settings.forward_seconds
        self._ticks = ticks

    async def route(self, line: Line) -> Route:
        """Where the line's app answers, its key included."""
        key = await self._keys.durable(line.function_app)
        return Route(line.id, self._base_url(line), key)

    async def health(self, line: Line) -> str | None:
        """None when the line's app is healthy, else what is wrong; also of one without keys yet."""
        keys = await self._keys.listed(line.function_app)
        route = Route(line.id, self._base_url(line), keys.durable or "", keys.host)
        wrong = await self._upstream.health(route)
        if wrong is not None:
            self._keys.forget(line.function_app)  # they may have been changed
        return wrong

    def _base_url(self, line: Line) -> str:
        return f"{self._scheme}://{line.host_name}"

    async def noted(self, line: Line) -> bool:
        """Whether work may be brought to the line; one that drains is told of it first."""
        return line.state is not LineState.DRAINING or await self._notes.take(line)

    async def send(
        self, line: Line, start: Start, *, good_at: float | None = None, repeated: bool = False
    ) -> str | None:
        """None once the instance exists; why not, in words, when the line did not take it in time.

        `good_at`: when (ticks) what is known of the line was still to be trusted; None: now.
        `repeated`: an earlier attempt may have arrived, so look before sending.
        Raises Refusal when the app refuses the start for good.
        """
        deadline = self._within + (self._ticks() if good_at is None else good_at)
        if not await self.noted(line):
            return "its line is going"
        for pause in chain(_PAUSES, repeat(_PAUSES[-1] * 2)):
            why_not = await self._attempt(line, start, deadline, repeated=repeated)
            if why_not is None or self._ticks() + pause >= deadline:
                return why_not
            repeated = True
            await asyncio.sleep(pause)
        raise AssertionError("pauses have no end")

    async def _attempt(
        self, line: Line, start: Start, deadline: float, *, repeated: bool
    ) -> str | None:
        """None: it is there. Nothing is under way any more once the deadline is over."""
        try:
            if repeated and await self.is_there(start):
                return None
            route = await self.route(line)
            left = deadline - self._ticks()
            if left <= 0:
                return "no time was left to ask its line's app"
            answer = await self._upstream.start(
                route, start.function, start.instance_id, start.value.encode(), within=left
            )
            if answer.status == 409:
                return await self._runs(start, repeated=repeated)
        except (Unavailable, Unreadable, PlatformBusy, PlatformFailed) as error:
            return cause(error)
        if answer.status == 401:
            self._keys.forget(line.function_app)
        return _judge(answer, start)

    async def is_there(self, start: Start) -> bool:
        """Whether an earlier attempt of this very start has made the instance."""
        owner = await self._tracking.owner(start.instance_id)
        return owner is not None and owner.created_at != start.before

    async def _runs(self, start: Start, *, repeated: bool) -> str | None:
        """The app says that an instance of this id runs: is it this start's?"""
        if not start.given:
            return None
        if not repeated:
            raise already_there(start.instance_id)
        owner = await self._tracking.owner(start.instance_id)
        if owner is None:
            return "an instance of this id ended and was purged a moment ago"
        if owner.created_at == start.before:
            raise already_there(start.instance_id)
        return None


def _judge(answer: Answer, start: Start) -> str | None:
    if answer.status in (200, 202):
        return None
    if answer.status not in _REFUSALS:
        return f"its line's app answered {answer.status}"
    raise Refusal(
        400,
        "start-refused",
        f"The app refused to start {start.function!r} (status {answer.status}). "
        "Check the function's name and the body.",
    )
