"""One soak: the local run from empty, the load amid deaths and faults, and what came of it.

Its state directory is removed when all is well, and kept to be looked at when it is not.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from demo.azure import Azure
from emulator import stack
from emulator.places import Places
from emulator.process import ROOT
from soak import leftovers
from soak.chaos import Chaos
from soak.ledger import Found, Ledger, strangers, unaccounted
from soak.load import Load
from soak.patience import PatientRouter

Say = Callable[[str], None]
_SETTINGS = {"ROUTER_STEP_SECONDS": "120"}  # a machine that is busy killing is slow
_PATIENCE = 300.0  # seconds for what was begun to end
_POLL = 1.0
_ENDED = ("Completed", "Failed", "Terminated", "Canceled")


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, what was seen, and what is wrong; nothing wrong is a success."""

    counts: dict[str, int]
    seconds: float
    wrong: list[str]


async def soak(seed: int, starts: int, cycles: int, say: Say) -> Result:
    """The whole of it."""
    began = time.monotonic()
    async with _stage(say) as stage:
        load = Load(stage.router, Ledger(), Random(seed))
        chaos = Chaos(stage.places, stage.session, Random(seed + 1))
        async with _going_on(chaos.run()):
            for number in range(cycles):
                await load.cycle(number, starts // cycles)
                say(f"cycle {number + 1} of {cycles}: {load.ledger.sent} starts sent")
            statuses = await _ends(load)
            say(f"{len(statuses)} instances have been waited for; the last line drains")
            await stage.router.order(f"1.{cycles - 1}", "drain")
            retired = await _all_retired(stage.router)
        wrong = [*retired, *await _wrong(stage, load, statuses)]
        counts = await _counts(stage, load, chaos)
        if wrong:
            stage.keep = True
    return Result(counts, time.monotonic() - began, wrong)


@dataclass(slots=True)
class _Stage:
    """The local run; `keep`: it is to be looked at afterwards."""

    places: Places
    session: aiohttp.ClientSession
    router: PatientRouter
    endpoints: dict[str, Any]
    keep: bool = False

    @property
    def storage(self) -> str:
        return str(self.endpoints["storage"])


@contextlib.asynccontextmanager
async def _stage(say: Say) -> AsyncIterator[_Stage]:
    places = Places(Path(tempfile.mkdtemp(prefix="soak-")))
    os.environ |= _SETTINGS
    keep = True
    try:
        endpoints = await stack.up(places, ROOT, say)
        connector = aiohttp.TCPConnector(limit=256)
        async with aiohttp.ClientSession(connector=connector) as session:
            router = PatientRouter(session, endpoints["router"], endpoints["keys"])
            stage = _Stage(places, session, router, endpoints)
            await leftovers.make_traces(stage.storage)
            yield stage
            keep = stage.keep
    finally:
        if keep:
            say(f"Logs and storage stay in {places.root}")
        await (stack.down if keep else stack.clean)(places, lambda _: None)


@contextlib.asynccontextmanager
async def _going_on(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work beside what is within, which its end does not end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _ends(load: Load) -> dict[str, Mapping[str, Any]]:
    """The last status of each instance that was taken, once it has ended or time is over."""
    deadline = time.monotonic() + _PATIENCE
    statuses: dict[str, Mapping[str, Any]] = {}
    waited_for = {entry.started.id: entry.started for entry in load.ledger.entries}
    while waited_for and time.monotonic() < deadline:
        for started in list(waited_for.values()):
            answer = await load.router.follow(started.status_url)
            statuses[started.id] = dict(answer.body or {})
            if statuses[started.id].get("runtimeStatus") in _ENDED:
                del waited_for[started.id]
        await asyncio.sleep(_POLL)
    return statuses


async def _all_retired(router: PatientRouter) -> list[str]:
    """The lines that are not retired when time is over, and why."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        lines = (await router.get("/api/lines")).body["lines"]
        left = [each for each in lines if each["state"] != "retired" or each["operation"]]
        if not left or time.monotonic() > deadline:
            return [
                f"line {each['line']} is {each['state']}: {each['error'] or each['drain']['why']}"
                for each in left
            ]
        await asyncio.sleep(_POLL)


async def _wrong(stage: _Stage, load: Load, statuses: dict[str, Mapping[str, Any]]) -> list[str]:
    found = Found(statuses, await leftovers.executions(stage.storage))
    azure = Azure.of(stage.session, stage.endpoints)
    left = await leftovers.left_over(azure, stage.storage)
    wrong = [*unaccounted(load.ledger, found), *(f"left behind: {each}" for each in left)]
    if len(others := strangers(load.ledger, found)) > stage.router.cut_off:
        wrong.append(f"executed, though nobody started them: {', '.join(others)}")
    return wrong


async def _counts(stage: _Stage, load: Load, chaos: Chaos) -> dict[str, int]:
    entries, ran = load.ledger.entries, await leftovers.executions(stage.storage)
    counts = {
        "starts answered 202": len(entries),
        "of these, parked": sum(entry.parked for entry in entries),
        "of these, executed once": sum(ran[entry.started.id] == 1 for entry in entries),
        "starts cut off by a death": stage.router.cut_off,
    }
    return counts | dict(sorted((await leftovers.operations(stage.storage) + chaos.done).items()))
