"""The router is killed at every moment of every activity.

Several lines exist at once and share the moments, so that one crash affects all of them.
"""

from asyncio import TaskGroup
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from harness import leftovers
from harness.azure_client import AzureClient
from harness.local_stack import LocalStack, running
from harness.retrying import RetryingRouterClient
from harness.waiting import until
from tests.e2e.crashing.kill_points import KillPoints
from tests.e2e.crashing.lifecycle import Lifecycle
from tests.e2e.crashing.points import PHASES, dealt

LINES = 4
SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # lines do not drain each other
    "ROUTER_RETENTION_SECONDS": "20",  # enough to be revived in
    "ROUTER_STEP_SECONDS": "15",  # the cost of a release that does not come up
    "EMULATOR_VISIBILITY_SECONDS": "3",
}
OPERATIONS = {  # of each line
    ("provision", "failed"): 1,
    ("provision", "succeeded"): 2,
    ("patch", "succeeded"): 1,
    ("patch", "failed"): 1,
    ("repair", "succeeded"): 1,
    ("refresh", "succeeded"): 1,
    ("retire", "failed"): 1,
    ("retire", "succeeded"): 2,
    ("cleanup", "succeeded"): 1,
}


@pytest.fixture
def kill_points(tmp_path: Path) -> KillPoints:
    return KillPoints(tmp_path / "app")


@pytest_asyncio.fixture
async def stack(tmp_path: Path, kill_points: KillPoints) -> AsyncIterator[LocalStack]:
    directory, app = tmp_path / "stack", kill_points.directory
    async with running(LocalStack(directory, app=app, settings=SETTINGS, keep=True)) as started:
        yield started


async def test_crashes_anywhere_lose_duplicate_and_orphan_nothing(
    stack: LocalStack, kill_points: KillPoints, session: aiohttp.ClientSession
) -> None:
    azure = AzureClient.of(session, stack.endpoints)
    lines = [
        Lifecycle(
            kill_points, RetryingRouterClient.of(session, stack.endpoints), azure, number, LINES
        )
        for number in range(LINES)
    ]
    async with TaskGroup() as tasks:
        for line in lines:
            tasks.create_task(line.run())

    assert Counter(kill_points.hit()) == Counter(
        point
        for phase in PHASES
        for line in lines
        for point in dealt(phase, line.line, line.number, LINES)
    )
    # The row of an operation is completed a moment after that of its line.
    done = await until(
        lambda: leftovers.operations(stack.storage),
        lambda seen: not any(state == "running" for _, state in seen),
    )
    assert done == {what: times * LINES for what, times in OPERATIONS.items()}
    for line in lines:
        assert repeated(await line.events()) <= {"draining: requested by an operator", "drained"}
        await line.starts.outputs()
        line.starts.check_executed_once(stack.logs, unknown=line.router.uncertain_starts)
    await until(lambda: left_over(azure), lambda left: left == [])


async def left_over(azure: AzureClient) -> list[str]:
    """Return what exists although every line is retired and cleaned up."""
    found = await leftovers.function_apps_and_plans(azure)
    found += await leftovers.unexpected_items(azure.storage)
    for kind in (leftovers.INSTANCES, leftovers.HISTORY):
        rows = await leftovers.rows_of_lines(azure.storage, kind)
        found += [f"row of {row['PartitionKey']} in {kind}" for row in rows]
    unfinished = await leftovers.unfinished_orchestrations(azure.storage)
    return found + [f"{name} {key} is {status}" for (name, key), status in unfinished.items()]


def repeated(events: list[str]) -> set[str]:
    """Return the events that occurred more than once.

    A line that was retired twice has drained twice. Both are recorded, unless a crash came between
    the row and the event.
    """
    return {event for event, times in Counter(events).items() if times > 1}
