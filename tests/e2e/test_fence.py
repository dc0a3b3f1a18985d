"""Starts that arrive at the worst moment of a retirement: none is lost, none is executed twice.

The router is held where the two meet. Either the retirement gives way, or the start is parked and
brings the line back.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from demo.client import Router
from tests.e2e.conftest import Stack
from tests.e2e.holding.doors import (
    BEFORE_THE_FENCE,
    BEFORE_THE_NOTE,
    BEHIND_THE_FENCE,
    ON_THE_WAY,
    Doors,
)
from tests.e2e.ledger import Entry, Ledger, package
from tests.e2e.until import ended, line_in, operation_ended, until

SETTINGS = {"ROUTER_AUTO_DRAIN": "false"}
MEANWHILE = 20  # starts that arrive while their line is retiring


@pytest.fixture
def doors(tmp_path) -> Doors:
    built = Doors(tmp_path / "app")
    built.build()
    return built


@pytest.fixture
def stack(tmp_path, doors: Doors) -> Iterator[Stack]:
    found = Stack(tmp_path / "stack", SETTINGS, tmp_path / "app")
    try:
        found.up()
        yield found
    finally:
        found.down()


async def test_a_start_and_a_retirement_that_meet_end_well_whoever_is_first(
    router: Router, stack: Stack, doors: Doors, session: aiohttp.ClientSession
) -> None:
    ledgers = await asyncio.gather(
        the_start_is_first(router, doors),
        the_fence_is_first(router, doors),
        the_start_is_on_its_way_in_time(router, doors),
        the_start_is_on_its_way_for_too_long(router, doors),
    )
    for ledger in ledgers:
        await ledger.outputs()
        ledger.each_executed_once(stack.state / "logs")


async def the_start_is_first(router: Router, doors: Doors) -> Ledger:
    """It comes between the reading of the hub and the change of the line's row."""
    ledger = await up(router, "1.0")
    with doors.shut("1.0", BEFORE_THE_FENCE):
        await router.order("1.0", "drain")
        await doors.reached("1.0", BEFORE_THE_FENCE)
        entry = await ledger.start("waits", "1.0")
        await runs(router, entry)
        retirement = (await line(router, "1.0"))["operation"]
    await gives_way(router, retirement)
    free = await until(lambda: line(router, "1.0"), lambda seen: seen["operation"] is None)
    assert free["state"] == "draining"

    def is_held(seen: dict[str, Any]) -> bool:  # its messages are told as well, as long as they are
        return [why["instanceId"] for why in seen["why"]] == [entry.started.id]

    busy = await until(lambda: drain(router, "1.0"), is_held)
    assert busy["verdict"] == "busy"
    await ledger.go(entry)
    await ended(router, entry.started)
    await line_in(router, "1.0", "retired")
    return ledger


async def the_fence_is_first(router: Router, doors: Doors) -> Ledger:
    """A start that takes the line for a draining one comes too late, and others after it."""
    ledger = await up(router, "2.0")
    before = await line(router, "2.0")
    with doors.shut("2.0", BEHIND_THE_FENCE):
        with doors.shut("2.0", BEFORE_THE_NOTE):
            await router.order("2.0", "drain")
            late = asyncio.create_task(ledger.start("quick", "2.0"))
            await doors.reached("2.0", BEFORE_THE_NOTE)
            await doors.reached("2.0", BEHIND_THE_FENCE)
        await late
        await asyncio.gather(*(ledger.start("quick", "2.0") for _ in range(MEANWHILE)))
        for entry in ledger.entries[-1 - MEANWHILE :]:
            parked = (await router.follow(entry.started.status_url)).body
            assert parked["runtimeStatus"] == "Pending"
            assert parked["customStatus"]["router"]["waitingFor"] == "retiring"
        assert (await line(router, "2.0"))["state"] == "retiring"
    await ledger.outputs()
    await came_back(router, before)
    return ledger


async def the_start_is_on_its_way_in_time(router: Router, doors: Doors) -> Ledger:
    """The line has been told of it, its app has not, and the hub was read before that."""
    ledger = await up(router, "3.0")
    with doors.shut("3.0", BEFORE_THE_FENCE):
        await router.order("3.0", "drain")
        await doors.reached("3.0", BEFORE_THE_FENCE)
        with doors.shut("3.0", ON_THE_WAY):
            starting = asyncio.create_task(ledger.start("waits", "3.0"))
            await doors.reached("3.0", ON_THE_WAY)
            retirement = (await line(router, "3.0"))["operation"]
            doors.open("3.0", BEFORE_THE_FENCE)
            await gives_way(router, retirement)
            assert (await line(router, "3.0"))["state"] == "draining"
            assert not starting.done()
    await ledger.go(await starting)
    return ledger


async def the_start_is_on_its_way_for_too_long(router: Router, doors: Doors) -> Ledger:
    """It set out for an active line, which has gone before it arrives."""
    ledger = await up(router, "4.0")
    before = await line(router, "4.0")
    with doors.shut("4.0", ON_THE_WAY):
        starting = asyncio.create_task(ledger.start("quick", "4.0"))
        await doors.reached("4.0", ON_THE_WAY)
        await router.order("4.0", "drain")
        await line_in(router, "4.0", "retired")
        assert not starting.done()
    await starting
    await ledger.outputs()
    await came_back(router, before)
    return ledger


async def up(router: Router, number: str) -> Ledger:
    """A line that serves."""
    await router.register(f"{number}.0", package(f"{number}.0"))
    ledger = Ledger(router)
    await ended(router, (await ledger.start("quick", number)).started)
    await line_in(router, number, "active")
    return ledger


async def line(router: Router, number: str) -> dict[str, Any]:
    return dict((await router.get(f"/api/lines/{number}")).body)


async def drain(router: Router, number: str) -> dict[str, Any]:
    return dict((await line(router, number))["drain"])


async def runs(router: Router, entry: Entry) -> None:
    async def status() -> str:
        return str((await router.follow(entry.started.status_url)).body["runtimeStatus"])

    await until(status, lambda found: found == "Running")


async def gives_way(router: Router, retirement: str) -> None:
    over = await operation_ended(router, f"/api/operations/{retirement}")
    assert (over["kind"], over["state"]) == ("retire", "failed")
    assert [step["state"] for step in over["steps"]][:1] == ["failed"]
    assert "is draining and has to stay" in over["error"]


async def came_back(router: Router, before: dict[str, Any]) -> None:
    """The line was retired and is there again, once, under the same names."""
    number = before["line"].replace(".", "-")
    wanted = [
        f"provision-{number}-1 succeeded",
        f"retire-{number}-2 succeeded",
        f"provision-{number}-3 succeeded",
    ]
    after = await until(
        lambda: line(router, before["line"]), lambda seen: len(successes(seen)) >= len(wanted)
    )
    assert successes(after) == wanted
    names = ("state", "functionApp", "taskHub", "release")
    assert [after[name] for name in names] == ["active", *(before[name] for name in names[1:])]


def successes(told: dict[str, Any]) -> list[str]:
    """Operations that ended well, oldest first. Told a moment after the line has changed."""
    events = (event["what"] for event in reversed(told["events"]))
    return [what for what in events if what.endswith(" succeeded")]
