"""Starts that arrive at the worst moments of a retirement: none is lost or executed twice.

Gates hold the router where the two meet. Either the retirement is abandoned, or the start is parked
and revives the line.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harness.local_stack import LocalStack, running
from harness.router_client import RouterClient
from harness.waiting import instance_ended, line_in, line_until, operation_ended, until
from tests.e2e.holding.gates import AFTER_FENCE, BEFORE_FENCE, BEFORE_FORWARD, BEFORE_MARK, Gates
from tests.e2e.starts import Accepted, Starts, package

SETTINGS = {"ROUTER_AUTO_DRAIN": "false"}
DURING_RETIREMENT = 20  # starts that arrive while their line is retiring


@pytest.fixture
def gates(tmp_path: Path) -> Gates:
    return Gates(tmp_path / "app")


@pytest_asyncio.fixture
async def stack(tmp_path: Path, gates: Gates) -> AsyncIterator[LocalStack]:
    directory, app = tmp_path / "stack", tmp_path / "app"
    async with running(LocalStack(directory, app=app, settings=SETTINGS, keep=True)) as started:
        yield started


async def test_start_and_retirement_that_meet_lose_nothing(
    router: RouterClient, stack: LocalStack, gates: Gates
) -> None:
    """The start wins, the fence wins, or the start is on its way when the fence is set."""
    recorded = await asyncio.gather(
        start_comes_before_fence(router, gates),
        fence_comes_before_start(router, gates),
        start_arrives_while_it_counts(router, gates),
        start_arrives_when_line_is_deleted(router, gates),
    )
    for starts in recorded:
        await starts.outputs()
        starts.check_executed_once(stack.logs)


async def start_comes_before_fence(router: RouterClient, gates: Gates) -> Starts:
    """The start arrives between the reading of the hub and the change of the line's row."""
    starts = await serving(router, "1.0")
    with gates.closed("1.0", BEFORE_FENCE):
        await router.line_action("1.0", "drain")
        await gates.reached("1.0", BEFORE_FENCE)
        accepted = await starts.start("waits", "1.0")
        await until_running(router, accepted)
        retirement = (await line(router, "1.0"))["operation"]
    await check_abandoned(router, retirement)
    free = await line_until(router, "1.0", lambda seen: seen["operation"] is None)
    assert free["state"] == "draining"

    def is_blocked(seen: dict[str, Any]) -> bool:  # by its messages as well, while there are any
        return [each["instanceId"] for each in seen["drain"]["why"]] == [accepted.started.id]

    busy = await line_until(router, "1.0", is_blocked)
    assert busy["drain"]["verdict"] == "busy"
    await starts.send_event(accepted)
    await instance_ended(router, accepted.started)
    await line_in(router, "1.0", "retired")
    return starts


async def fence_comes_before_start(router: RouterClient, gates: Gates) -> Starts:
    """A start that took the line for a draining one is too late, and so are others after it."""
    starts = await serving(router, "2.0")
    before = await line(router, "2.0")
    with gates.closed("2.0", AFTER_FENCE):
        with gates.closed("2.0", BEFORE_MARK):
            await router.line_action("2.0", "drain")
            late = asyncio.create_task(starts.start("quick", "2.0"))
            await gates.reached("2.0", BEFORE_MARK)
            await gates.reached("2.0", AFTER_FENCE)
        await late
        await asyncio.gather(*(starts.start("quick", "2.0") for _ in range(DURING_RETIREMENT)))
        for accepted in starts.accepted[-1 - DURING_RETIREMENT :]:
            parked = (await router.follow(accepted.started.status_url)).body
            assert parked["runtimeStatus"] == "Pending"
            assert parked["customStatus"]["router"]["waitingFor"] == "retiring"
        assert (await line(router, "2.0"))["state"] == "retiring"
    await starts.outputs()
    await check_revived(router, before)
    return starts


async def start_arrives_while_it_counts(router: RouterClient, gates: Gates) -> Starts:
    """The start is marked on the line, but not in its app, and the hub was read before that."""
    starts = await serving(router, "3.0")
    with gates.closed("3.0", BEFORE_FENCE):
        await router.line_action("3.0", "drain")
        await gates.reached("3.0", BEFORE_FENCE)
        with gates.closed("3.0", BEFORE_FORWARD):
            starting = asyncio.create_task(starts.start("waits", "3.0"))
            await gates.reached("3.0", BEFORE_FORWARD)
            retirement = (await line(router, "3.0"))["operation"]
            gates.open("3.0", BEFORE_FENCE)
            await check_abandoned(router, retirement)
            assert (await line(router, "3.0"))["state"] == "draining"
            assert not starting.done()
    await starts.send_event(await starting)
    return starts


async def start_arrives_when_line_is_deleted(router: RouterClient, gates: Gates) -> Starts:
    """The start was routed to an active line, which is retired before it arrives."""
    starts = await serving(router, "4.0")
    before = await line(router, "4.0")
    with gates.closed("4.0", BEFORE_FORWARD):
        starting = asyncio.create_task(starts.start("quick", "4.0"))
        await gates.reached("4.0", BEFORE_FORWARD)
        await router.line_action("4.0", "drain")
        await line_in(router, "4.0", "retired")
        assert not starting.done()
    await starting
    await starts.outputs()
    await check_revived(router, before)
    return starts


async def serving(router: RouterClient, number: str) -> Starts:
    """Bring a line up, and return the starts that it has got."""
    await router.register(f"{number}.0", package(f"{number}.0"))
    starts = Starts(router)
    await instance_ended(router, (await starts.start("quick", number)).started)
    await line_in(router, number, "active")
    return starts


async def line(router: RouterClient, number: str) -> dict[str, Any]:
    return dict((await router.get(f"/api/lines/{number}")).body)


async def until_running(router: RouterClient, accepted: Accepted) -> None:
    async def status() -> str:
        return str((await router.follow(accepted.started.status_url)).body["runtimeStatus"])

    await until(status, lambda found: found == "Running")


async def check_abandoned(router: RouterClient, retirement: str) -> None:
    over = await operation_ended(router, f"/api/operations/{retirement}")
    assert (over["kind"], over["state"]) == ("retire", "failed")
    assert [step["state"] for step in over["steps"]][:1] == ["failed"]
    assert "is draining and cannot be retired" in over["error"]


async def check_revived(router: RouterClient, before: dict[str, Any]) -> None:
    """Check that the line was retired and revived once, under the same names."""
    number = before["line"].replace(".", "-")
    wanted = [
        f"provision-{number}-1 succeeded",
        f"retire-{number}-2 succeeded",
        f"provision-{number}-3 succeeded",
    ]
    # An event is recorded a moment after the line has changed.
    after = await line_until(
        router, before["line"], lambda seen: len(successes(seen)) >= len(wanted)
    )
    assert successes(after) == wanted
    names = ("state", "functionApp", "taskHub", "release")
    assert [after[name] for name in names] == ["active", *(before[name] for name in names[1:])]


def successes(described: dict[str, Any]) -> list[str]:
    """Return the operations that succeeded, oldest first."""
    events = (event["what"] for event in reversed(described["events"]))
    return [what for what in events if what.endswith(" succeeded")]
