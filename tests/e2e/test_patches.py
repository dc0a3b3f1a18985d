"""Patches while starts keep arriving: none of them fails, is lost, or is executed twice."""

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from operator import le
from typing import Any

from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient
from harness.waiting import line_until, operation_ended, until
from tests.e2e.starts import Accepted, Starts, package

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",
    "ROUTER_STEP_SECONDS": "30",  # the time that an app may take to become healthy
}
STARTS, PATCHES = 200, 3
OUTSTANDING = 8  # starts without an answer at once, so that a slow machine is not flooded
# Seconds between two starts beyond these, while a slow machine has not deployed all patches.
TRICKLE_SECONDS = 0.5
_log = logging.getLogger(__name__)


async def test_patches_lose_no_start_whether_they_come_up_or_not(
    router: RouterClient, stack: LocalStack
) -> None:
    await deploy_several(router, stack)
    await roll_one_back(router, stack)


class StartFlow:
    """Starts of a line at a steady rate, as long as only a few are not answered yet.

    Every `waiting_each`-th one waits for its event.
    """

    def __init__(self, router: RouterClient, line: str, rate: float, waiting_each: int) -> None:
        self.starts = Starts(router)
        self._line = line
        self._rate = rate
        self._waiting_each = waiting_each
        self._waiting: list[Accepted] = []

    async def run(self, enough: Callable[[], bool]) -> None:
        due = time.monotonic()
        slots = asyncio.Semaphore(OUTSTANDING)
        async with asyncio.TaskGroup() as tasks:
            for number in count():
                if enough():
                    return
                await slots.acquire()
                tasks.create_task(self._start(number)).add_done_callback(lambda _: slots.release())
                due += 1 / self._rate if number < STARTS else TRICKLE_SECONDS
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _start(self, number: int) -> None:
        if number % self._waiting_each:
            await self.starts.start("quick", self._line)
        else:
            self._waiting.append(await self.starts.start("waits", self._line))

    def take_waiting(self) -> list[Accepted]:
        """Return the waiting starts that have not been returned before."""
        taken, self._waiting = self._waiting, []
        return taken

    async def send_events(self, waiting: list[Accepted]) -> None:
        """Send each its event."""
        await asyncio.gather(*(self.starts.send_event(each) for each in waiting))


async def deploy_several(router: RouterClient, stack: LocalStack) -> None:
    await router.register("1.0.0", package("1.0.0"))
    flow = StartFlow(router, "1.0", rate=10, waiting_each=10)
    starts = flow.starts
    await until_begun(router, await starts.start("quick", "1.0"))
    async with asyncio.TaskGroup() as tasks:
        patching = tasks.create_task(deploy_in_turn(flow))
        tasks.create_task(flow.run(lambda: starts.requested >= STARTS and patching.done()))
    waited = patching.result()
    last = flow.take_waiting()
    await flow.send_events(last)
    outputs = await starts.outputs()
    assert len(outputs) == starts.requested >= STARTS
    starts.check_executed_once(stack.logs)
    by_value = {each["value"]: each for each in outputs}
    assert waited
    for accepted in waited:
        output = by_value[accepted.start.value]
        assert patch_of(output["endedBy"]) > patch_of(output["begunBy"])
    assert {by_value[each.start.value]["endedBy"] for each in last} <= {f"1.0.{PATCHES}"}
    log_latencies(starts)


async def deploy_in_turn(flow: StartFlow) -> list[Accepted]:
    """Deploy the patches, spread over the starts. Return the starts that waited during one."""
    waited = []
    for patch in range(1, PATCHES + 1):
        share = STARTS * patch // (PATCHES + 1)
        await until(lambda: requested(flow.starts), partial(le, share))
        # Their first step was taken before the patch, so the patched app continues them.
        waiting = flow.take_waiting()
        await asyncio.gather(*(until_begun(flow.starts.router, each) for each in waiting))
        operation = await deploy(flow.starts.router, f"1.0.{patch}")
        assert (operation["kind"], operation["state"]) == ("patch", "succeeded"), operation
        await flow.send_events(waiting)
        waited += waiting
    return waited


async def requested(starts: Starts) -> int:
    return starts.requested


async def until_begun(router: RouterClient, accepted: Accepted) -> None:
    """Return once the first activity is done."""

    async def history() -> list[str]:
        status = await router.follow(accepted.started.status_url + "&showHistory=true")
        return [event["EventType"] for event in status.body.get("historyEvents") or ()]

    await until(history, lambda events: "TaskCompleted" in events)


async def deploy(router: RouterClient, version: str, *, broken: bool = False) -> dict[str, Any]:
    """Register a patch, and return its operation once it has ended."""
    answer = await router.register(version, package(version, broken=broken))
    assert answer.status == 202, (answer.status, answer.body)
    return await operation_ended(router, answer.headers["Location"])


def patch_of(version: str) -> int:
    return int(version.rpartition(".")[2])


def log_latencies(starts: Starts) -> None:
    seconds = sorted(each.started.answer.seconds for each in starts.accepted)
    p50, p99 = statistics.median(seconds), seconds[len(seconds) * 99 // 100]
    shown = ", ".join(f"{1000 * each:.0f} ms" for each in (p50, p99, seconds[-1]))
    _log.info("%d starts, answered after (p50, p99, longest) %s", len(seconds), shown)


async def roll_one_back(router: RouterClient, stack: LocalStack) -> None:
    await router.register("2.0.0", package("2.0.0"))
    flow = StartFlow(router, "2.0", rate=3, waiting_each=10)
    starts = flow.starts
    first = await starts.start("waits", "2.0")
    await until_begun(router, first)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(flow.run(over.is_set))
        await check_failed_patch(router)
        await check_refused_by_version(starts)
        fixed = await deploy(router, "2.0.2")
        assert (fixed["kind"], fixed["state"]) == ("patch", "succeeded"), fixed
        await starts.start("quick", "2.0")  # so that at least one is begun by the fixed release
        over.set()
    await flow.send_events([first, *flow.take_waiting()])
    outputs = await starts.outputs()
    assert outputs[0]["endedBy"] == "2.0.2"
    assert {each["begunBy"] for each in outputs} == {"2.0.0", "2.0.2"}
    starts.check_executed_once(stack.logs)


async def check_failed_patch(router: RouterClient) -> None:
    failed = await deploy(router, "2.0.1", broken=True)
    assert (failed["kind"], failed["state"]) == ("patch", "failed")
    assert [(step["name"], step["state"]) for step in failed["steps"]] == [
        ("deploy_package", "succeeded"),
        ("await_deployment", "succeeded"),
        ("await_health", "failed"),
        ("restore_package", "succeeded"),
        ("await_restored", "succeeded"),
        ("await_restored_health", "succeeded"),
    ]
    assert "await_health took over 30 s" in failed["error"]
    assert "the app's host does not answer" in failed["error"]
    assert failed["error"].endswith(
        "The previous release is restored. If the package is at fault, fix it and register a new "
        "patch version. Otherwise fix the cause and deploy the same release again."
    )
    free = await line_until(router, "2.0", lambda line: line["operation"] is None)
    assert (free["state"], free["release"]) == ("active", "2.0.0")


async def check_refused_by_version(starts: Starts) -> None:
    """Check that starts that name the failed version are refused with the reason."""

    async def request() -> Answer:
        return await starts.request("quick", "2.0.1")  # parked while the snapshot is older

    refused = await until(
        request, lambda answer: answer.status != 202, progress=lambda answer: answer.status
    )
    assert (refused.status, refused.body["code"]) == (503, "line-failed")
