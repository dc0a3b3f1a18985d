"""The storage stands still, and the router and the lines' apps are killed, while starts arrive."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import aiohttp

from demo.azure import Azure
from demo.client import Router
from emulator.processes.process import find
from tests.e2e.conftest import Stack
from tests.e2e.crashing.patience import PatientRouter
from tests.e2e.crashing.remains import operations
from tests.e2e.ledger import Ledger, package
from tests.e2e.until import line_in

_APART = 0.1  # seconds between two starts


@dataclass(slots=True)
class Load:
    """Starts of both lines, each asked for once; how many were cut off or left in doubt, and how
    many refused."""

    ledger: Ledger
    cut_off: int = 0
    refused: int = 0

    async def run(self, over: asyncio.Event) -> None:
        """Until it is over and every start has its answer."""
        async with asyncio.TaskGroup() as starts:
            while not over.is_set():
                for line in ("1.0", "1.1"):
                    starts.create_task(self.start("quick", line))
                    await asyncio.sleep(_APART)

    async def start(self, function: str, line: str) -> None:
        try:
            answer = await self.ledger.ask(function, line)
        except aiohttp.ClientError:
            self.cut_off += 1
            return
        if answer.status == 503 and answer.body["code"] == "start-uncertain":
            self.cut_off += 1
        elif answer.status != 202:
            assert answer.status in (503, 504), answer
            assert int(answer.headers["Retry-After"]) > 0, answer
            self.refused += 1


async def test_a_storage_that_stands_still_amid_deaths_loses_no_start_and_nothing_is_deleted(
    stack: Stack, router: Router, session: aiohttp.ClientSession
) -> None:
    azure = Azure.of(session, stack.endpoints)
    load = Load(Ledger(router))
    await both_lines_up(load.ledger)
    apps = await azure.function_apps()

    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run(over))
        await deaths_and_outages(stack)
        over.set()

    patient = PatientRouter(session, stack.endpoints["router"], stack.endpoints["keys"])
    ledger = load.ledger
    ledger.router = patient
    for line in ("1.0", "1.1"):
        await ledger.start("quick", line)
    assert (await patient.get("/api/lines/1.0")).body["state"] == "draining"
    await ledger.go(ledger.entries[0])
    await ledger.outputs()
    ledger.each_executed_once(stack.state / "logs", unknown=load.cut_off)
    assert await azure.function_apps() == apps
    assert await operations(azure.storage) == {"provision succeeded": 2}


async def both_lines_up(ledger: Ledger) -> None:
    """1.1 active; 1.0 draining, with an instance that waits."""
    router = ledger.router
    for line, function in (("1.0", "waits"), ("1.1", "quick")):
        await router.register(f"{line}.0", package(f"{line}.0"))
        await ledger.start(function, line)
        await line_in(router, line, "active")
    await line_in(router, "1.0", "draining")


async def deaths_and_outages(stack: Stack) -> None:
    """The storage stands still twice; the apps die, then the router, then all of them."""
    for role in ("host:", "router"):
        await asyncio.sleep(1)
        with standing_still(stack.endpoints["pids"]["azurite"]):
            await asyncio.sleep(1)
            kill(pids(stack, role))
            await asyncio.sleep(4)
        await asyncio.sleep(1)
    kill([*pids(stack, "router"), *pids(stack, "host:")])
    await asyncio.sleep(2)


@contextlib.contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def pids(stack: Stack, role: str) -> list[int]:
    return [process.pid for process in find(stack.state) if process.role.startswith(role)]


def kill(processes: Iterable[int]) -> None:
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
