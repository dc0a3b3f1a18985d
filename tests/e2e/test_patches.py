"""Patches while starts keep coming: none of them fails, none is lost, none is executed twice."""

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import aiohttp

from demo.client import Answer, Router
from tests.e2e.conftest import Stack
from tests.e2e.ledger import Entry, Ledger, package
from tests.e2e.until import operation_ended, until

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",
    "ROUTER_STEP_SECONDS": "15",  # so long an app may take to be healthy
}
STARTS, PATCHES = 1_000, 10
PATIENCE = 120  # seconds
TRICKLE = 0.5  # seconds between two starts, while a slow machine has not put all patches in place
_log = logging.getLogger(__name__)


async def test_patches_lose_no_start_whether_they_come_up_or_not(
    router: Router, stack: Stack, session: aiohttp.ClientSession
) -> None:
    await asyncio.gather(ten_go_in(router, stack), one_is_put_back(router, stack))


class Flow:
    """Starts of a line at a steady rate, whether or not those before are answered; behind the
    thousandth a trickle. Every `waiting_each`-th one waits for its event.
    """

    def __init__(self, router: Router, line: str, rate: float, waiting_each: int) -> None:
        self.ledger = Ledger(router)
        self._line = line
        self._rate = rate
        self._waiting_each = waiting_each
        self._waiting: list[Entry] = []

    async def run(self, enough: Callable[[], bool]) -> None:
        due = time.monotonic()
        async with asyncio.TaskGroup() as starts:
            for number in count():
                if enough():
                    return
                starts.create_task(self._start(number))
                due += 1 / self._rate if number < STARTS else TRICKLE
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _start(self, number: int) -> None:
        if number % self._waiting_each:
            await self.ledger.start("quick", self._line)
        else:
            self._waiting.append(await self.ledger.start("waits", self._line))

    def take_waiting(self) -> list[Entry]:
        """Those that wait for their event, and have not been taken yet."""
        taken, self._waiting = self._waiting, []
        return taken

    async def let_go(self, entries: list[Entry]) -> None:
        """Send each its event."""
        await asyncio.gather(*(self.ledger.go(entry) for entry in entries))


async def ten_go_in(router: Router, stack: Stack) -> None:
    await router.register("1.0.0", package("1.0.0"))
    flow = Flow(router, "1.0", rate=20, waiting_each=25)
    ledger = flow.ledger
    await begun(router, await ledger.start("quick", "1.0"))
    async with asyncio.TaskGroup() as tasks:
        patching = tasks.create_task(put_in_place_in_turn(flow))
        tasks.create_task(flow.run(lambda: ledger.asked >= STARTS and patching.done()))
    waited = patching.result()
    last = flow.take_waiting()
    await flow.let_go(last)
    outputs = await ledger.outputs()
    assert len(outputs) == ledger.asked >= STARTS
    ledger.each_executed_once(stack.state / "logs")
    by_value = {each["value"]: each for each in outputs}
    assert waited
    for entry in waited:
        output = by_value[entry.value]
        assert patch_of(output["endedBy"]) > patch_of(output["begunBy"])
    assert {by_value[entry.value]["endedBy"] for entry in last} <= {f"1.0.{PATCHES}"}
    tell_latencies(ledger)


async def put_in_place_in_turn(flow: Flow) -> list[Entry]:
    """Ten patches, spread over the starts; gives the starts that waited while one went in."""
    waited = []
    for patch in range(1, PATCHES + 1):
        share = STARTS * patch // (PATCHES + 1)
        await until(lambda: asked(flow.ledger), lambda asked, share=share: asked >= share)
        # Their first step was taken before: what goes on with them is the patched app.
        waiting = flow.take_waiting()
        await asyncio.gather(*(begun(flow.ledger.router, entry) for entry in waiting))
        operation = await patched(flow.ledger.router, f"1.0.{patch}")
        assert (operation["kind"], operation["state"]) == ("patch", "succeeded"), operation
        await flow.let_go(waiting)
        waited += waiting
    return waited


async def asked(ledger: Ledger) -> int:
    return ledger.asked


async def begun(router: Router, entry: Entry) -> None:
    """Its activity has been done."""

    async def look() -> list[str]:
        status = await router.follow(entry.started.status_url + "&showHistory=true")
        return [event["EventType"] for event in status.body.get("historyEvents") or ()]

    await until(look, lambda events: "TaskCompleted" in events, PATIENCE)


async def patched(router: Router, version: str, *, broken: bool = False) -> dict[str, Any]:
    """The operation that puts a release in place, once it has ended."""
    taken = await router.register(version, package(version, broken=broken))
    assert taken.status == 202, (taken.status, taken.body)
    return await operation_ended(router, taken.headers["Location"], PATIENCE)


def patch_of(version: str) -> int:
    return int(version.rpartition(".")[2])


def tell_latencies(ledger: Ledger) -> None:
    seconds = sorted(entry.started.answer.seconds for entry in ledger.entries)
    p50, p99 = statistics.median(seconds), seconds[len(seconds) * 99 // 100]
    shown = ", ".join(f"{1000 * each:.0f} ms" for each in (p50, p99, seconds[-1]))
    _log.info("%d starts, answered after (p50, p99, longest) %s", len(seconds), shown)


async def one_is_put_back(router: Router, stack: Stack) -> None:
    await router.register("2.0.0", package("2.0.0"))
    flow = Flow(router, "2.0", rate=3, waiting_each=10)
    ledger = flow.ledger
    first = await ledger.start("waits", "2.0")
    await begun(router, first)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(flow.run(over.is_set))
        await fails_and_says_so(router)
        await is_not_served(ledger)
        mended = await patched(router, "2.0.2")
        assert (mended["kind"], mended["state"]) == ("patch", "succeeded"), mended
        over.set()
    await flow.let_go([first, *flow.take_waiting()])
    outputs = await ledger.outputs()
    assert outputs[0]["endedBy"] == "2.0.2"
    assert {each["begunBy"] for each in outputs} == {"2.0.0", "2.0.2"}
    ledger.each_executed_once(stack.state / "logs")


async def fails_and_says_so(router: Router) -> None:
    failed = await patched(router, "2.0.1", broken=True)
    assert (failed["kind"], failed["state"]) == ("patch", "failed")
    assert [(step["name"], step["state"]) for step in failed["steps"]] == [
        ("deploy_package", "succeeded"),
        ("await_deployment", "succeeded"),
        ("await_health", "failed"),
        ("restore_package", "succeeded"),
        ("await_restored", "succeeded"),
        ("await_restored_health", "succeeded"),
    ]
    assert "await_health took over 15 s" in failed["error"]
    assert "No module named 'no_such_module'" in failed["error"]
    assert failed["error"].endswith(
        "What was in place before is put back. If the package is at fault, mend it and raise its "
        "patch; if not, mend the cause and deploy the same release again."
    )

    async def line() -> dict[str, Any]:
        return dict((await router.get("/api/lines/2.0")).body)

    free = await until(line, lambda seen: seen["operation"] is None)
    assert (free["state"], free["release"]) == ("active", "2.0.0")


async def is_not_served(ledger: Ledger) -> None:
    """What did not come up is told to those who ask for it by name."""

    async def ask() -> Answer:
        return await ledger.ask("quick", "2.0.1")  # an older picture parks it

    refused = await until(ask, lambda answer: answer.status != 202)
    assert (refused.status, refused.body["code"]) == (503, "line-failed")
