"""The router, which kills its own processes at the kill points.

It is the function_app.py of an app directory with the router's own beside it, and a file for each
armed kill point. The file is deleted before the process is killed, so that this happens once.
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
# Other activities that reach a point of their own by then share the crash. And the supervisor
# delays the restart of a process that never lives for longer than three seconds.
_MIN_LIFE_SECONDS = 3.2
_began = time.monotonic()


def _subject(value: Any) -> str:
    """Return the operation or line that an activity works for, such as patch-1-0 or 1.0."""
    if isinstance(value, dict):
        value = value.get("operation") or value["line"]
    return str(value).rpartition("-")[0] or str(value)


async def _reach(name: str) -> None:
    try:
        (_HERE / "armed" / name).unlink()
    except FileNotFoundError:
        return
    with (_HERE / "hit").open("a") as hit:
        hit.write(f"{name}\n")
    await asyncio.sleep(max(0.0, _began + _MIN_LIFE_SECONDS - time.monotonic()))
    os.kill(os.getppid(), signal.SIGKILL)  # the host
    os.kill(os.getpid(), signal.SIGKILL)  # its worker, which runs this


def _crashing(name: str, parameter: str, run: Callable[..., Awaitable[Any]]) -> Any:
    @functools.wraps(run)
    async def activity(**given: Any) -> Any:
        subject = _subject(given[parameter])
        await _reach(f"{subject}.{name}.start")
        answer = await run(**given)
        await _reach(f"{subject}.{name}.end")
        return answer

    return activity


for _builder in app._function_builders:
    _function = _builder._function
    _trigger = _function.get_trigger()
    if _trigger.type == "activityTrigger":
        _name = _function.get_function_name()
        _function._func = _crashing(_name, _trigger.name, _function.get_user_function())
