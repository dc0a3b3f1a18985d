"""The router dies at every moment of every activity, and nothing is lost, doubled or orphaned.

Several lines live at once and share the moments, so that one death is many lines' crash.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from demo.azure import Azure
from tests.e2e.conftest import Stack
from tests.e2e.crashing.life import Life
from tests.e2e.crashing.patience import PatientRouter
from tests.e2e.crashing.points import PHASES, dealt
from tests.e2e.crashing.remains import left_over, operations
from tests.e2e.crashing.stage import Stage
from tests.e2e.until import until

LIVES = 4
SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # each line has its life to itself
    "ROUTER_RETENTION_SECONDS": "20",  # enough to be revived in
    "ROUTER_STEP_SECONDS": "15",  # a release that does not come up is given up after that
    "ROUTER_VISIBILITY_SECONDS": "4",
}
OPERATIONS = {  # of each line
    "provision succeeded": 2,
    "patch succeeded": 1,
    "patch failed": 1,
    "repair succeeded": 1,
    "retire succeeded": 2,
    "sweep succeeded": 1,
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "app")


@pytest.fixture
def stack(tmp_path: Path, stage: Stage) -> Iterator[Stack]:
    found = Stack(tmp_path / "stack", SETTINGS, stage.directory)
    try:
        found.up()
        yield found
    finally:
        found.down()


@pytest.mark.timeout(600)
async def test_dying_anywhere_loses_doubles_and_orphans_nothing(
    stack: Stack, stage: Stage, session: aiohttp.ClientSession
) -> None:
    endpoints = stack.endpoints
    azure = Azure.of(session, endpoints)
    lives = [
        Life(stage, PatientRouter(session, endpoints["router"], endpoints["keys"]), azure, n, LIVES)
        for n in range(LIVES)
    ]
    async with asyncio.TaskGroup() as tasks:
        for life in lives:
            tasks.create_task(life.live())

    assert Counter(stage.met()) == Counter(
        point
        for phase in PHASES
        for life in lives
        for point in dealt(phase, life.line, life.number, LIVES)
    )
    # What a line's row says is written down of its operation a moment later.
    done = await until(
        lambda: operations(azure.storage),
        lambda seen: not any(what.endswith(" running") for what in seen),
    )
    assert done == {what: times * LIVES for what, times in OPERATIONS.items()}
    for life in lives:
        assert doubled(await life.events()) <= {"draining: requested by an operator", "drained"}
        await life.ledger.outputs()
        life.ledger.each_executed_once(stack.state / "logs", unknown=life.router.cut_off)
    await until(lambda: left_over(azure), lambda left: left == [])


def doubled(events: list[str]) -> set[str]:
    """What was told more than once; a line that was retired twice has drained twice, and both are
    told unless a death came between the row and the event."""
    return {event for event, times in Counter(events).items() if times > 1}
