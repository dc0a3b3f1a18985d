"""Waiting for what was started: a port that accepts, an address that answers 200."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp

from emulator.processes.ports import LOOPBACK

_POLL_SECONDS = 0.1
_LASTING = "settings-invalid"  # settings are read from an environment that stays as it is


class NotReadyError(Exception):
    """Something did not come up in time; the text says what, and what it said last."""


async def port_accepts(what: str, port: int, seconds: float) -> None:
    """Return once a port on loopback accepts connections."""

    async def connect() -> str | None:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError as error:
            return str(error)
        writer.close()
        return None

    await _until(what, connect, seconds)


async def answers(
    what: str, url: str, seconds: float, hopeless: Callable[[], Awaitable[str | None]]
) -> None:
    """Return once a GET of the URL is answered 200; give up as soon as `hopeless` says why."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:

        async def get() -> str | None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return None
                    body = await answer.text()
                    problem, reason = f"{answer.status}: {body[:500]}", _lasting(body)
            except (aiohttp.ClientError, TimeoutError) as error:
                problem, reason = f"{type(error).__name__}: {error}", None
            if reason := reason or await hopeless():
                raise NotReadyError(f"{what} did not come up: {reason}")
            return problem

        await _until(what, get, seconds)


def _lasting(body: str) -> str | None:
    """What a problem says that waiting does not mend; None if waiting may."""
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    lasts = isinstance(problem, dict) and problem.get("code") == _LASTING
    return str(problem.get("detail")) if lasts else None


async def _until(what: str, attempt: Callable[[], Awaitable[str | None]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (problem := await attempt()) is not None:
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} did not come up in {seconds:.0f} s: {problem}")
        await asyncio.sleep(_POLL_SECONDS)
