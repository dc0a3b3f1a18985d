"""The lifecycle of a local run: start it, report its status, stop it, remove its data.

Processes are found by their marker, so those left behind by a crash or a kill -9 are stopped, too.
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
from emulator.stack.router_settings import given_settings, quick_settings
from emulator.stack.state_directory import StateDirectory
from emulator.stack.supervisor import ROLE

Say = Callable[[str], None]
_START_SECONDS = 300.0
_STOP_SECONDS = 40.0
_LOG = "supervisor.log"
_POLL_SECONDS = 0.1


class NotStartedError(Exception):
    """The local run did not start. The text has the reason and the directory of the logs."""


async def up(
    state: StateDirectory,
    app: Path,
    say: Say,
    *,
    access_log: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Start everything, or join a start in progress, and return the endpoints once all is up.

    With `access_log` the storage logs each request. `settings` are ROUTER_… settings that take
    precedence over those of the environment.
    """
    state.logs.mkdir(parents=True, exist_ok=True)
    state.root.chmod(0o700)
    log = state.logs / _LOG
    supervisor = _supervisor(state)
    if supervisor is not None:
        return await _join(state, supervisor, log, say)
    try:
        await down(state, say)  # processes that an earlier run may have left behind
        log.write_text("", encoding="utf-8")
        supervisor = _spawn(state, app, log, settings, access_log=access_log)
        with log.open(encoding="utf-8") as lines:
            return await _follow(state, supervisor, lines, say)
    except asyncio.CancelledError:
        await down(state, say)
        raise


async def down(state: StateDirectory, say: Say) -> int:
    """Stop every process of the run, the supervisor first, and return their number."""
    stopped: set[int] = set()
    if (supervisor := _supervisor(state)) is not None:
        say("Stopping the router, the control plane and the storage")
        stopped = {process.pid for process in find(state.root)}
        await supervisor.stop(_STOP_SECONDS)
    while remaining := list(find(state.root)):
        roles = sorted(process.role for process in remaining)
        say(f"Stopping remaining processes: {', '.join(roles)}")
        stopped |= {process.pid for process in remaining}
        # The storage last, because the others may still write to it.
        others = [process for process in remaining if process.role != "azurite"] or remaining
        await asyncio.gather(*(process.stop(_STOP_SECONDS) for process in others))
    state.endpoints.unlink(missing_ok=True)
    return len(stopped)


def status(state: StateDirectory) -> dict[str, Any]:
    """Return the running processes and the `state` of the run.

    The state is up, starting, damaged (processes without their supervisor) or down.
    """
    running = {process.role: process.pid for process in find(state.root)}
    endpoints = read_json(state.endpoints)
    if ROLE in running:
        condition = "up" if endpoints else "starting"
    else:
        condition = "damaged" if running else "down"
    known = {name: endpoints[name] for name in ("router", "arm", "logs")} if endpoints else {}
    return {"state": condition, **known, "processes": running}


async def clean(state: StateDirectory, say: Say) -> None:
    """Stop everything and remove all stored data."""
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
        environment={**PYTHON_ENVIRONMENT, **quick_settings(), **given_settings(), **settings},
        directory=ROOT,
        log=log,
    )
    with log.open("ab") as output:
        # Not through asyncio, which would kill the child when this process ends.
        child = subprocess.Popen(  # noqa: S603 - no part of the command is external input
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
    """Return the endpoints of a running stack, or wait for a start in progress."""
    running: dict[str, Any] | None = read_json(state.endpoints)
    if running:
        say("Already running, with the settings from its start")
        return running
    say("A start is already in progress; waiting for it")
    try:
        with log.open(encoding="utf-8") as lines:
            return await _follow(state, supervisor, lines, say)
    except asyncio.CancelledError:
        say("The start continues in the background; `down` stops it")
        raise


async def _follow(
    state: StateDirectory, supervisor: Process, log: TextIO, say: Say
) -> dict[str, Any]:
    """Relay the supervisor's log until everything is up."""
    last = "the supervisor logged nothing"
    deadline = time.monotonic() + _START_SECONDS
    while True:
        alive = supervisor.alive()
        for line in log:
            last = line.rstrip()
            say(last)
        if endpoints := read_json(state.endpoints):
            found: dict[str, Any] = endpoints
            return found
        if not alive or time.monotonic() > deadline:
            raise NotStartedError(f"{last}\nThe logs are in {state.logs}")
        await asyncio.sleep(_POLL_SECONDS)
