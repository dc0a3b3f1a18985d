"""Lines whose apps have scaled to zero: Azure ends an idle app and brings it back when wanted."""

import asyncio
from collections import Counter

import pytest

from harness.local_stack import LocalStack
from harness.router_client import RouterClient, Started
from harness.waiting import event_taken, instance_ended, line_in, run_to_end, until
from tests.e2e.starts import executions, package

SETTINGS = {
    # Longer than between two probes of an app that has not answered: one must meet it running.
    "EMULATOR_IDLE_SECONDS": "10",
    "EMULATOR_VISIBILITY_SECONDS": "3",
    "ROUTER_AUTO_DRAIN": "false",
    "ROUTER_KEEP_LINES": "0",
}
SLOW_SECONDS = 6  # longer than a start is forwarded before it is parked, several times over
_SLOW = f"\nimport time\ntime.sleep({SLOW_SECONDS})\n"


def host_of(line: str) -> str:
    """Return the beginning of the role of a line's host."""
    return f"host:orders-{line.replace('.', '-')}-"


async def at_zero(stack: LocalStack, line: str) -> None:
    """Wait until the line's app has no process."""

    async def pids() -> list[int]:
        return stack.pids(host_of(line))

    await until(pids, lambda running: not running)


async def test_start_brings_an_app_back_from_zero(router: RouterClient, stack: LocalStack) -> None:
    await router.register("1.0.0", package("1.0.0"))
    await run_to_end(router, "quick", "1.0.0", 1)
    for number in range(2):
        await at_zero(stack, "1.0")
        status = await run_to_end(router, "quick", "1.0.0", number)
        assert status["output"]["value"] == number


async def test_event_reaches_an_instance_whose_app_is_at_zero(
    router: RouterClient, stack: LocalStack
) -> None:
    waiting = await router.start("waits", "1.0", 7)
    await at_zero(stack, "1.0")
    found = await router.follow(waiting.status_url)
    assert found.body["runtimeStatus"] == "Running"
    assert stack.pids(host_of("1.0")) == []  # the status comes from storage
    await event_taken(router, waiting, None)
    assert (await instance_ended(router, waiting))["output"]["value"] == 7


async def test_line_at_zero_is_drained_and_retired(router: RouterClient, stack: LocalStack) -> None:
    await router.register("2.0.0", package("2.0.0"))
    waiting = await router.start("waits", "2.0", 1)
    await line_in(router, "2.0", "active")
    await at_zero(stack, "2.0")
    drained = await router.request("POST", "/api/lines/2.0/drain", "ops")
    assert drained.status in (200, 202), drained.body
    await event_taken(router, waiting, None)
    assert (await instance_ended(router, waiting))["output"]["value"] == 1
    await line_in(router, "2.0", "retired")


@pytest.mark.parametrize("given", [False, True])
async def test_start_runs_once_on_an_app_that_comes_up_slowly(
    router: RouterClient, stack: LocalStack, given: bool
) -> None:
    """Give up on forwarded starts, which the app nevertheless finds when it is up."""
    line, count = f"3.{int(given)}", 20
    await router.register(f"{line}.0", slow_package(f"{line}.0"))
    ids = [f"once-{n}" if given else None for n in range(count)]

    async def start(number: int, instance_id: str | None) -> Started:
        answer = await router.request_start("quick", line, number, instance_id)
        assert answer.status == 202, (answer.status, answer.body)
        return Started(answer)

    async def run_all() -> list[str]:
        started = await asyncio.gather(*(start(n, each) for n, each in enumerate(ids)))
        ends = await asyncio.gather(*(instance_ended(router, each) for each in started))
        assert [end["output"]["value"] for end in ends] == list(range(count))
        return [each.id for each in started]

    first = await run_all()
    await at_zero(stack, line)
    second = await run_all()  # of the same ids if they are given, which have ended
    await at_zero(stack, line)
    ran = Counter(each.instance_id for each in executions(stack.logs))
    expected = Counter([*first, *second])
    assert {name: ran[name] for name in expected} == dict(expected)


def slow_package(version: str) -> bytes:
    """Return an app whose host takes long to come up."""
    return package(version, extra=_SLOW)
