"""The local run from outside: begin it, see whether it is up, end it without a trace of processes.

It finds processes by their mark, so it also ends what a crash or a kill -9 has left behind.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

import psutil

from emulator.processes.private_files import read_json
from emulator.processes.process import (
    PYTHON_ENVIRONMENT,
    ROOT,
    Command,
    Process,
    environment,
    find,
    python,
)
from emulator.stack.router_settings import given_settings
from emulator.stack.state_directory import StateDirectory
from emulator.stack.supervisor import ROLE

Say = Callable[[str], None]
_START_SECONDS = 300.0
_STOP_SECONDS = 40.0
_LOG = "supervisor.log"
_POLL_SECONDS = 0.1


class NotStartedError(Exception):
    """The local run did not come up; the text says why and where to look."""


async def up(
    state: StateDirectory,
    app: Path,
    say: Say,
    *,
    access_log: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Start everything, or join a start that is under way; gives the endpoints once all is up.

    `access_log`: the storage logs each request. `settings`: ROUTER_… settings that go before those
    of our own environment.
    """
    state.logs.mkdir(parents=True, exist_ok=True)
    state.root.chmod(0o700)
    log = state.logs / _LOG
    supervisor = _supervisor(state)
    if supervisor is not None:
        return await _join(state, supervisor, log, say)
    try:
        await down(state, say)  # what an earlier run may have left behind
        log.write_text("", encoding="utf-8")
        supervisor = _spawn(state, app, log, settings, access_log=access_log)
        with log.open(encoding="utf-8") as lines:
            return await _follow(state, supervisor, lines, say)
    except asyncio.CancelledError:
        await down(state, say)
        raise


async def down(state: StateDirectory, say: Say) -> int:
    """End every process of the run, the supervisor first; gives how many there were."""
    ended: set[int] = set()
    if (supervisor := _supervisor(state)) is not None:
        say("Stopping the router, the control plane and the storage")
        ended = {process.pid for process in find(state.root)}
        await supervisor.stop(_STOP_SECONDS)
    while left := list(find(state.root)):
        say(f"Stopping what is left: {', '.join(sorted(process.role for process in left))}")
        ended |= {process.pid for process in left}
        # The storage last: the others may still have something to write down.
        others = [process for process in left if process.role != "azurite"] or left
        await asyncio.gather(*(process.stop(_STOP_SECONDS) for process in others))
    state.endpoints.unlink(missing_ok=True)
    return len(ended)


def status(state: StateDirectory) -> dict[str, Any]:
    """What runs: `state` is up, starting, damaged (parts without their supervisor) or down."""
    running = {process.role: process.pid for process in find(state.root)}
    endpoints = read_json(state.endpoints)
    if ROLE in running:
        condition = "up" if endpoints else "starting"
    else:
        condition = "damaged" if running else "down"
    known = {name: endpoints[name] for name in ("router", "arm", "logs")} if endpoints else {}
    return {"state": condition, **known, "processes": running}


async def clean(state: StateDirectory, say: Say) -> None:
    """End everything and remove all that it stored."""
    await down(state, say)
    await asyncio.to_thread(shutil.rmtree, state.root, ignore_errors=True)


def _supervisor(state: StateDirectory) -> Process | None:
    return next((process for process in find(state.root) if process.role == ROLE), None)


def _spawn(
    state: StateDirectory, app: Path, log: Path, settings: Mapping[str, str], *, access_log: bool
) -> Process:
    arguments = ["supervise", "--state", str(state.root), "--app", str(app)]
    command = Command(
        owner=state.root,
        role=ROLE,
        arguments=python("emulator", *arguments, *(["--access-log"] if access_log else [])),
        environment={**PYTHON_ENVIRONMENT, **given_settings(), **settings},
        directory=ROOT,
        log=log,
    )
    with log.open("ab") as output:
        # Not through asyncio, which would kill it when this process ends.
        child = subprocess.Popen(  # noqa: S603 - the command is our own
            command.arguments,
            cwd=command.directory,
            env=environment(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Process(psutil.Process(child.pid), ROLE)


async def _join(state: StateDirectory, supervisor: Process, log: Path, say: Say) -> dict[str, Any]:
    """What runs already, or will once the start that is under way is done."""
    running: dict[str, Any] | None = read_json(state.endpoints)
    if running:
        say("It runs already, with the settings that it was started with")
        return running
    say("It is being started already; this waits for it")
    try:
        with log.open(encoding="utf-8") as lines:
            return await _follow(state, supervisor, lines, say)
    except asyncio.CancelledError:
        say("It goes on starting: `down` stops it")
        raise


async def _follow(
    state: StateDirectory, supervisor: Process, log: TextIO, say: Say
) -> dict[str, Any]:
    """Pass on what the supervisor says until all is up."""
    said: list[str] = []
    deadline = time.monotonic() + _START_SECONDS
    while True:
        alive = supervisor.alive()
        for line in log:
            said.append(line.rstrip())
            say(said[-1])
        if endpoints := read_json(state.endpoints):
            found: dict[str, Any] = endpoints
            return found
        if not alive or time.monotonic() > deadline:
            last = said[-1] if said else "it said nothing"
            raise NotStartedError(f"{last}\nThe logs are in {state.logs}")
        await asyncio.sleep(_POLL_SECONDS)
