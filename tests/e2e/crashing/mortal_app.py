"""The router, hosted so that it dies where it is told to: it kills its own process.

Staged as the function_app.py of an app directory that has the router's own beside it, and the
kill points, one file each. The file goes before the process does, so that it dies there once.
"""

import asyncio
import functools
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from whole_app import app

_HERE = Path(__file__).parent
# Who gets to a point of its own meanwhile shares the death; and the supervisor makes a process
# wait that never lives for longer than three seconds.
_LIFE = 3.2  # seconds
_began = time.monotonic()


def _whom(value: Any) -> str:
    """Whom an activity works for, by what it is called with: patch-1-0, or line 1.0."""
    if isinstance(value, dict):
        value = value.get("operation") or value["line"]
    return str(value).rpartition("-")[0] or str(value)


async def _meet(name: str) -> None:
    try:
        (_HERE / "armed" / name).unlink()
    except FileNotFoundError:
        return
    with (_HERE / "met").open("a") as met:
        met.write(f"{name}\n")
    await asyncio.sleep(max(0.0, _began + _LIFE - time.monotonic()))
    os.kill(os.getpid(), signal.SIGKILL)


def _mortal(name: str, subject: str, run: Callable[..., Awaitable[Any]]) -> Any:
    @functools.wraps(run)
    async def activity(**given: Any) -> Any:
        whom = _whom(given[subject])
        await _meet(f"{whom}.{name}.start")
        answer = await run(**given)
        await _meet(f"{whom}.{name}.end")
        return answer

    return activity


for _builder in app._function_builders:
    _function = _builder._function
    _trigger = _function.get_trigger()
    if _trigger.type == "activityTrigger":
        _name = _function.get_function_name()
        _function._func = _mortal(_name, _trigger.name, _function.get_user_function())
