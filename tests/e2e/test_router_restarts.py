"""The router's worker is killed, and its host restarted, while starts are parked.

Azure lets orchestrations fail whose turn or activity falls into that: the router's monitors, its
operations and its parked starts are such. None of them may be lost, and no start executed twice.
"""

import asyncio

import aiohttp
import psutil

from harness.arm_emulator import inject_fault
from harness.function_host import host_keys
from harness.local_stack import LocalStack, kill
from harness.router_client import RouterClient
from harness.waiting import line_until, until
from tests.e2e.starts import Starts, package

SETTINGS = {"ROUTER_AUTO_DRAIN": "false"}
SITE = "router"
STARTS = 8  # in each part of the test
HELD_UP = {"effect": "throttle", "method": "PUT", "path": "/sites/", "times": 4, "retry_after": 2}


async def test_parked_starts_survive_worker_and_host(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    host = RouterHost(stack, session)
    await inject_fault(session, stack.endpoints["arm"], HELD_UP)
    await router.register("1.0.0", package("1.0.0"))
    starts = Starts(router)
    for trouble in (host.kill_worker, host.restart):
        await park(starts)
        await trouble()
        await until(lambda: healthy(router), bool)
    await park(starts)
    line = await line_until(router, "1.0", lambda seen: seen["state"] == "active")
    assert line["error"] is None
    outputs = await starts.outputs()
    assert len(outputs) == 3 * STARTS
    starts.check_executed_once(stack.logs)
    [begun] = [each["what"] for each in line["events"] if "began" in each["what"]]
    assert begun == "provision began (provision-1-0-1)"


async def test_patch_survives_the_restart_of_the_host(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    host = RouterHost(stack, session)
    await router.register("2.0.0", package("2.0.0"))
    starts = Starts(router)
    await starts.start("quick", "2.0")
    await starts.outputs()
    answer = await router.register("2.0.1", package("2.0.1"))
    for _ in range(2):
        await host.restart()
        await until(lambda: healthy(router), bool)
    await line_until(router, "2.0", lambda seen: seen["release"] == "2.0.1")
    ended = await until(
        lambda: router.get(answer.headers["Location"]), lambda found: found.status == 200
    )
    assert (ended.body["state"], ended.body["failedInstances"]) == ("succeeded", 0)
    await starts.start("quick", "2.0")
    assert [each["endedBy"] for each in await starts.outputs()] == ["2.0.0", "2.0.1"]
    starts.check_executed_once(stack.logs)


class RouterHost:
    """The host of the router itself."""

    def __init__(self, stack: LocalStack, session: aiohttp.ClientSession) -> None:
        self._stack = stack
        self._session = session

    async def kill_worker(self) -> None:
        """Kill the worker process of the router's host."""
        (host,) = self._stack.pids(SITE)
        kill(*(child.pid for child in psutil.Process(host).children()))

    async def restart(self) -> None:
        """Restart the router's host by its own API."""
        keys = await host_keys(self._stack.storage, SITE)
        url = f"{self._stack.endpoints['router']}/admin/host/restart"
        headers = {"x-functions-key": keys["masterKey"]}
        async with self._session.post(url, headers=headers) as answer:
            assert answer.status == 200, answer.status


async def park(starts: Starts) -> None:
    """Request starts for the line, which is being made. All must be accepted."""
    await asyncio.gather(*(starts.start("quick", "1.0") for _ in range(STARTS)))


async def healthy(router: RouterClient) -> bool:
    return (await router.get("/api/health")).status == 200
