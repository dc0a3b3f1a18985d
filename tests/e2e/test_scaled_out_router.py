"""The router scales out: several instances on one hub, one of which is killed now and then.

On Flex Consumption, instances that serve HTTP run no orchestration, and those that run them serve
no request. Requests go to the instances in turns.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import aiohttp
import pytest
import pytest_asyncio

from harness.local_stack import LocalStack, kill, running
from harness.retrying import RetryingRouterClient
from harness.router_client import RouterClient, Started
from harness.waiting import line_until, until
from tests.e2e.starts import Accepted, Start, Starts, package

SETTINGS = {"ROUTER_AUTO_DRAIN": "false", "EMULATOR_VISIBILITY_SECONDS": "3"}
RELEASES = (("1.0.0",), ("1.0.1", "1.1.0"), ("1.1.1",))
STARTS = 8  # before each kill, and after it
TWICE = 3  # ids that are requested for two lines at once


@pytest_asyncio.fixture(params=["all,all", "http,http,durable"])
async def stack(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalStack]:
    settings = SETTINGS | {"EMULATOR_ROUTERS": request.param}
    async with running(LocalStack(tmp_path, settings=settings, keep=True)) as started:
        yield started


async def test_each_start_runs_once_whichever_instance_takes_it(
    stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    routers = RetryingRouterClient.of_each(session, stack.endpoints)
    router = RetryingRouterClient.of(session, stack.endpoints)
    starts, random = Starts(router), Random(11)
    for releases in RELEASES:
        for release in releases:
            await router.register(release, package(release))
        lines = ("1.0", "1.1") if releases != RELEASES[0] else ("1.0",)
        await in_turns(starts, lines)
        for _ in range(TWICE):
            await at_once(starts, routers, lines)
        kill(random.choice(stack.pids("router")))
        await in_turns(starts, lines)
        await until(lambda: all_healthy(routers), bool)
    for line, release in (("1.0", "1.0.1"), ("1.1", "1.1.1")):
        await line_until(router, line, lambda seen, release=release: seen["release"] == release)  # type: ignore[misc]
    await in_turns(starts, ("1.0", "1.1"))
    outputs = await starts.outputs()
    assert {each["endedBy"] for each in outputs[-STARTS:]} == {"1.0.1", "1.1.1"}
    starts.check_executed_once(stack.logs, unknown=router.uncertain_starts)


async def in_turns(starts: Starts, lines: tuple[str, ...]) -> None:
    """Request starts for the lines in turns, a few at a time."""
    wanted = [lines[number % len(lines)] for number in range(STARTS)]
    await asyncio.gather(*(starts.start("quick", line) for line in wanted))


async def at_once(
    starts: Starts, routers: list[RetryingRouterClient], lines: tuple[str, ...]
) -> None:
    """Request one id at two instances at once, for two lines if there are. Accept one start."""
    starts.requested += 1
    start = Start(starts.requested, lines[0])
    name = f"twice-{start.number}-x"
    answers = await asyncio.gather(
        routers[0].request_start("quick", lines[0], start.value, name),
        routers[1].request_start("quick", lines[-1], start.value, name),
    )
    assert sorted(each.status for each in answers) == [202, 409], answers
    (won,) = (each for each in answers if each.status == 202)
    starts.accepted.append(Accepted(start, Started(won)))


async def all_healthy(routers: list[RetryingRouterClient]) -> bool:
    answers = [await RouterClient.get(each, "/api/health") for each in routers]
    return all(each.status == 200 for each in answers)
