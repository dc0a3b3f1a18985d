"""Readiness checks of started processes: an open port, an address that answers 200."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp

from emulator.processes.ports import LOOPBACK

_POLL_SECONDS = 0.1
_ERROR_OF_HOST = " error    Host "
_PERMANENT = "settings-invalid"  # the environment of a running process does not change


class NotReadyError(Exception):
    """A process was not ready in time. The text names it and its last error."""


async def port_accepts(what: str, port: int, seconds: float) -> None:
    """Wait until a port on loopback accepts connections."""

    async def connect() -> str | None:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError as error:
            return str(error)
        writer.close()
        return None

    await _until(what, connect, seconds)


async def answers(
    what: str, url: str, seconds: float, permanent_error: Callable[[], Awaitable[str | None]]
) -> None:
    """Wait until a GET of the URL is answered 200.

    Raises NotReadyError as soon as `permanent_error` returns a reason.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:

        async def get() -> str | None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return None
                    body = await answer.text()
                    problem, reason = f"{answer.status}: {body[:500]}", _permanent_problem(body)
            except (aiohttp.ClientError, TimeoutError) as error:
                problem, reason = f"{type(error).__name__}: {error}", None
            if reason := reason or await permanent_error():
                raise NotReadyError(f"{what} did not start: {reason}")
            return problem

        await _until(what, get, seconds)


def reason_of_end(log: str) -> str:
    """Return why a host has given up, which it says in its log before it says that it ends."""
    lines = [line.partition(_ERROR_OF_HOST)[2] for line in log.splitlines()]
    reasons = [reason for reason in lines if reason and not reason.startswith("Exceeded")]
    return reasons[-1] if reasons else "its host has ended"


def _permanent_problem(body: str) -> str | None:
    """Return the detail of a problem that waiting cannot solve, or None for any other body."""
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    is_permanent = isinstance(problem, dict) and problem.get("code") == _PERMANENT
    return str(problem.get("detail")) if is_permanent else None


async def _until(what: str, attempt: Callable[[], Awaitable[str | None]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (problem := await attempt()) is not None:
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} was not ready within {seconds:.0f} s: {problem}")
        await asyncio.sleep(_POLL_SECONDS)
