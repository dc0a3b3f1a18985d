"""Waiting for conditions, with patience that is measured by progress and not by the clock.

A wait gives up when nothing has changed for long. Both must hold: enough seconds have passed, and
enough checks have been made. A starved machine makes few checks in those seconds, so it is given
more of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from harness.router_client import Answer, RouterClient, Started

FINISHED = {"Completed", "Failed", "Terminated", "Canceled"}
STALL_SECONDS = 480.0  # the router's longest silent step takes 20 s, many times that if starved
STALL_CHECKS = 300
POLL_SECONDS = 0.1


class NoProgressError(AssertionError):
    """A condition was not met, and nothing changed for too long."""


@dataclass(slots=True)
class Patience:
    """Decides when to give up. `seconds` and `checks` without a change are the limit."""

    seconds: float = STALL_SECONDS
    checks: int = STALL_CHECKS
    _seen: object = field(default_factory=object)
    _since: float = field(default_factory=time.monotonic)
    _checks: int = 0

    def exhausted_by(self, seen: object) -> bool:
        """Take what was observed last, and return True if it has not changed for too long."""
        if seen != self._seen:
            self._seen, self._since, self._checks = seen, time.monotonic(), 0
        self._checks += 1
        return self._checks > self.checks and time.monotonic() - self._since > self.seconds


async def until[T](
    check: Callable[[], Awaitable[T]],
    good: Callable[[T], bool],
    *,
    progress: Callable[[T], object] = lambda seen: seen,
    patience: Patience | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> T:
    """Return what `check` gives once it is good.

    `progress` extracts whatever changes while there is progress. It may also read the system
    itself. NoProgressError, with the last observation, if that stays the same for too long.
    """
    patience = patience or Patience()
    while True:
        seen = await check()
        if good(seen):
            return seen
        if patience.exhausted_by(progress(seen)):
            raise NoProgressError(f"no progress for {patience.seconds:.0f} s; last seen: {seen!r}")
        await asyncio.sleep(poll_seconds)


async def instance_ended(
    router: RouterClient,
    started: Started,
    *,
    progress: Callable[[dict[str, Any]], object] = lambda body: body,
    poll_seconds: float = POLL_SECONDS,
) -> dict[str, Any]:
    """Return the status of an instance at its end, from the URL that was handed out."""

    async def status() -> dict[str, Any]:
        answer = await router.follow(started.status_url)
        assert answer.status in (200, 202), (answer.status, answer.body)
        return dict(answer.body)

    return await until(
        status,
        lambda body: body["runtimeStatus"] in FINISHED,
        progress=progress,
        poll_seconds=poll_seconds,
    )


async def run_to_end(
    router: RouterClient, function: str, version: str, value: object
) -> dict[str, Any]:
    """Start an instance and return its status at its end."""
    return await instance_ended(router, await router.start(function, version, value))


async def event_taken(router: RouterClient, started: Started, value: object) -> None:
    """Send the event `go` until the instance takes it. A parked instance cannot take it yet.

    An instance that has ended (410) took it from an earlier request whose response was lost.
    """

    async def send() -> Answer:
        return await router.raise_event(started, "go", value)

    await until(
        send, lambda answer: answer.status in (202, 410), progress=lambda answer: answer.status
    )


async def line_until(
    router: RouterClient,
    line: str,
    good: Callable[[dict[str, Any]], bool],
    *,
    patience: Patience | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> dict[str, Any]:
    """Return a line as the router describes it, once it is good."""

    async def described() -> dict[str, Any]:
        return dict((await router.get(f"/api/lines/{line}")).body or {})

    return await until(
        described, good, progress=progress_of_line, patience=patience, poll_seconds=poll_seconds
    )


async def line_in(router: RouterClient, line: str, state: str) -> dict[str, Any]:
    """Return a line once it is in a state."""
    return await line_until(router, line, lambda body: body.get("state") == state)


async def operation_ended(router: RouterClient, location: str) -> dict[str, Any]:
    """Return an operation once it has ended."""
    answer = await until(
        lambda: router.get(location),
        lambda found: found.status == 200,
        progress=lambda found: (found.status, found.body),
    )
    return dict(answer.body)


def progress_of_line(line: dict[str, Any]) -> object:
    """Return a line without the time of its last check, which changes without any progress."""
    return {**line, "drain": {**(line.get("drain") or {}), "checkedAt": None}}
