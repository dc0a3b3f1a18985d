"""The storage stops responding, and the router and the lines' apps are killed, under load."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp

from harness.azure_client import AzureClient
from harness.leftovers import operations
from harness.local_stack import LocalStack, kill
from harness.retrying import RetryingRouterClient, is_uncertain
from harness.router_client import RouterClient
from harness.waiting import line_in
from tests.e2e.starts import Starts, package

_APART_SECONDS = 0.1  # between two starts


@dataclass(slots=True)
class Load:
    """Starts on both lines, each requested once, and the numbers of uncertain and refused ones."""

    starts: Starts
    uncertain: int = 0
    refused: int = 0

    async def run(self, over: asyncio.Event) -> None:
        """Send starts until it is over, and wait for every response."""
        async with asyncio.TaskGroup() as tasks:
            while not over.is_set():
                for line in ("1.0", "1.1"):
                    tasks.create_task(self.request("quick", line))
                    await asyncio.sleep(_APART_SECONDS)

    async def request(self, function: str, line: str) -> None:
        try:
            answer = await self.starts.request(function, line)
        except aiohttp.ClientError:
            self.uncertain += 1
            return
        if is_uncertain(answer):
            self.uncertain += 1
        elif answer.status != 202:
            assert answer.status in (503, 504), answer
            assert int(answer.headers["Retry-After"]) > 0, answer
            self.refused += 1


async def test_outages_and_crashes_lose_no_start_and_delete_nothing(
    stack: LocalStack, router: RouterClient, session: aiohttp.ClientSession
) -> None:
    azure = AzureClient.of(session, stack.endpoints)
    load = Load(Starts(router))
    starts = load.starts
    await bring_both_lines_up(starts)
    apps = await azure.function_apps()

    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run(over))
        await cause_outages_and_crashes(stack)
        over.set()

    starts.router = RetryingRouterClient.of(session, stack.endpoints)
    for line in ("1.0", "1.1"):
        await starts.start("quick", line)
    assert (await starts.router.get("/api/lines/1.0")).body["state"] == "draining"
    await starts.send_event(starts.accepted[0])
    await starts.outputs()
    starts.check_executed_once(stack.logs, unknown=load.uncertain)
    assert await azure.function_apps() == apps
    assert await operations(azure.storage) == {("provision", "succeeded"): 2}


async def bring_both_lines_up(starts: Starts) -> None:
    """Make 1.1 active, and 1.0 draining with a waiting instance."""
    router = starts.router
    for line, function in (("1.0", "waits"), ("1.1", "quick")):
        await router.register(f"{line}.0", package(f"{line}.0"))
        await starts.start(function, line)
        await line_in(router, line, "active")
    await line_in(router, "1.0", "draining")


async def cause_outages_and_crashes(stack: LocalStack) -> None:
    """Suspend the storage twice, and kill the apps, the router, and finally all of them."""
    for role in ("host:", "router"):
        await asyncio.sleep(1)
        with suspended(stack.endpoints["pids"]["azurite"]):
            await asyncio.sleep(1)
            kill(*stack.pids(role))
            await asyncio.sleep(4)
        await asyncio.sleep(1)
    kill(*stack.pids("router"), *stack.pids("host:"))
    await asyncio.sleep(2)


@contextlib.contextmanager
def suspended(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
