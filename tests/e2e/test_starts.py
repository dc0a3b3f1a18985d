"""Starts arrive once, on the right line, with the input that the caller sent."""

import asyncio
from typing import Any

import aiohttp
import pytest

from harness import leftovers
from harness.azure_client import AzureClient
from harness.local_stack import LocalStack, kill
from harness.router_client import Answer, RouterClient, Started
from harness.waiting import event_taken, instance_ended, line_in, operation_ended, run_to_end, until
from tests.e2e.apps import package

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # each test has lines of its own, which stay
    "ROUTER_STEP_SECONDS": "30",
}


async def test_first_start_is_parked_and_runs_on_a_new_app(
    router: RouterClient,
) -> None:
    registered = await router.register("1.0.0", package("1.0.0"))
    assert (registered.status, registered.body["state"]) == (201, "registered")
    started = await router.start("echo", "1.0.0", {"a": [1, None, "é"]})
    assert started.answer.headers["X-App-Line"] == "1.0"
    assert started.id.startswith("1-0-")
    parked = await router.follow(started.status_url)
    assert parked.status == 202
    if parked.body["runtimeStatus"] == "Pending":
        assert parked.body["customStatus"]["router"]["line"] == "1.0"
        assert parked.body["customStatus"]["router"]["waitingFor"] == "provisioning"
    status = await instance_ended(router, started)
    assert status["runtimeStatus"] == "Completed"
    assert status["output"] == {"version": "1.0.0", "value": {"a": [1, None, "é"]}, "type": "dict"}


@pytest.mark.parametrize(
    "value", [{"k": 1}, [1, 2], "hello", "", '"quoted"', "5", 5, 1.5, True, False, None, "{}"]
)
async def test_orchestrator_gets_the_value_that_was_sent(router: RouterClient, value: Any) -> None:
    started = await router.start("echo", "1.0", value)
    status = await instance_ended(router, started)
    assert status["runtimeStatus"] == "Completed", status
    assert status["output"]["value"] == value
    assert status["output"]["type"] == type(value).__name__


async def test_response_of_an_active_line_names_its_release(router: RouterClient) -> None:
    started = await router.start("echo", "1.0.0", 1)
    assert started.answer.headers["X-App-Version"] == "1.0.0"
    default = await router.request("POST", "/api/orchestrators/echo", "client", b"1")
    assert default.status == 202
    assert default.headers["X-App-Line"] == "1.0"


async def test_hundred_concurrent_first_starts_create_one_app(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    await router.register("2.0.0", package("2.0.0"))
    started = await asyncio.gather(*(router.start("echo", "2.0.0", n) for n in range(100)))
    outputs = [(await instance_ended(router, each))["output"]["value"] for each in started]
    assert outputs == list(range(100))
    apps = await AzureClient.of(session, stack.endpoints).function_apps()
    assert len([app for app in apps if app.startswith("orders-2-0-")]) == 1
    line = (await router.get("/api/lines/2.0")).body
    begun = [event["what"] for event in line["events"] if "began" in event["what"]]
    assert begun == ["provision began (provision-2-0-1)"]


async def test_accepted_start_survives_a_crash_of_the_router(
    router: RouterClient, stack: LocalStack
) -> None:
    await router.register("3.0.0", package("3.0.0"))
    started = await router.start("echo", "3.0.0", "kept")
    kill(stack.endpoints["pids"]["router"])

    async def health() -> int:
        try:
            return (await router.get("/api/health")).status
        except OSError:
            return 0

    await until(health, lambda status: status == 200)
    status = await instance_ended(router, started)
    assert (status["runtimeStatus"], status["output"]["value"]) == ("Completed", "kept")


async def test_id_chosen_by_the_caller_is_started_once(router: RouterClient) -> None:
    first = await router.request_start("wait", "1.0", 1, "order-17")
    assert first.status == 202
    assert first.body["id"] == "order-17"
    second = await router.request_start("wait", "1.0", 1, "order-17")
    assert (second.status, second.body["code"]) == (409, "instance-exists")
    assert second.headers["X-App-Line"] == "1.0"
    found = await router.follow(Started(first).status_url)
    assert (found.status, found.headers["X-App-Line"]) == (202, "1.0")
    elsewhere = await router.request_start("wait", "2.0", None, "order-17")
    assert (elsewhere.status, elsewhere.body["code"]) == (409, "id-taken")


async def settled_start(
    router: RouterClient, line: str, instance_id: str, seen: list[object]
) -> Answer:
    """Start an id, and retry where the router says that nothing was started yet.

    The end of the id's former parked start may not be recorded, or a busy store may not answer.
    `seen` collects every response.
    """

    async def start() -> Answer:
        answer = await router.request_start("wait", line, None, instance_id)
        seen.append((line, answer.status, answer.body))
        return answer

    return await until(
        start,
        lambda answer: answer.status != 503 or answer.body["code"] == "start-uncertain",
        progress=lambda answer: answer.body.get("code"),
    )


async def race(router: RouterClient, instance_id: str) -> tuple[str, Started]:
    """Start an id on two lines at once. Return the line that accepted it, and the start.

    Both are refused, and nothing is started, if the line that had the id took too long to park the
    start: the other line took the id over and met the parked start. The race is then run again.
    """
    lines = ("1.0", "2.0")
    seen: list[object] = []

    async def attempt() -> list[Answer]:
        starts = (settled_start(router, line, instance_id, seen) for line in lines)
        return list(await asyncio.gather(*starts))

    answers = await until(
        attempt,
        lambda answers: any(answer.status != 409 for answer in answers),
        progress=lambda answers: [answer.body.get("code") for answer in answers],
    )
    found = sorted((answer.status, answer.body.get("code")) for answer in answers)
    assert found == [(202, None), (409, "id-taken")], "\n".join(map(str, seen))
    return next(
        (line, Started(answer))
        for line, answer in zip(lines, answers, strict=True)
        if answer.status == 202
    )


async def test_id_started_on_two_lines_at_once_runs_on_one(
    router: RouterClient, stack: LocalStack
) -> None:
    """Race for new ids first, and then for the same ones, whose instances have ended."""
    arrived = set()
    for value in range(2):
        won = await asyncio.gather(*(race(router, f"race-{n}") for n in range(50)))
        await asyncio.gather(*(event_taken(router, started, value) for _, started in won))
        ends = await asyncio.gather(*(instance_ended(router, started) for _, started in won))
        seen = [(end["output"]["version"][:3], end["output"]["value"]) for end in ends]
        assert seen == [(line, value) for line, _ in won]
        arrived |= {(line, f"race-{n}") for n, (line, _) in enumerate(won)}
    rows = await leftovers.rows_of_lines(stack.endpoints["storage"], select=["PartitionKey"])
    assert len([row for row in rows if row["PartitionKey"].startswith("race-")]) == len(arrived)


async def test_patch_is_deployed_while_an_instance_waits(router: RouterClient) -> None:
    waiting = await router.start("wait", "1.0", None)
    patched = await router.register("1.0.1", package("1.0.1"))
    assert patched.status == 202
    operation = await operation_ended(router, patched.headers["Location"])
    assert (operation["kind"], operation["state"]) == ("patch", "succeeded")
    for requested in ("1.0.0", "1.0.1"):
        status = await run_to_end(router, "echo", requested, 1)
        assert status["output"]["version"] == "1.0.1"
    assert (await router.raise_event(waiting, "go", {"x": 1})).status == 202
    status = await instance_ended(router, waiting)
    assert status["output"] == {"version": "1.0.1", "value": {"x": 1}}


async def test_patch_on_request_is_deployed_by_a_start_that_names_it(router: RouterClient) -> None:
    answer = await router.register("1.0.2", package("1.0.2"), "?deploy=on-request")
    assert answer.status == 201
    status = await run_to_end(router, "echo", "1.0.1", 1)
    assert status["output"]["version"] == "1.0.1"
    status = await run_to_end(router, "echo", "1.0.2", 1)
    assert status["output"]["version"] == "1.0.2"


async def test_starts_parked_on_failed_lines_run_or_are_terminated(
    router: RouterClient, session: aiohttp.ClientSession
) -> None:
    await asyncio.gather(fix_by_next_release(router), terminate_parked_start(router, session))


async def fix_by_next_release(router: RouterClient) -> None:
    await router.register("4.0.0", package("4.0.0", code="import no_such_module\n"))
    parked = await router.start("echo", "4.0.0", "waited")
    line = await line_in(router, "4.0", "failed")
    assert "it cannot load the package" in line["error"]

    async def start() -> Answer:
        return await router.request_start("echo", "4.0.0", 1)

    refused = await until(  # parked while the snapshot is older
        start, lambda answer: answer.status != 202, progress=lambda answer: answer.status
    )
    assert (refused.status, refused.body["code"]) == (503, "line-failed")
    assert "it cannot load the package" in refused.body["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    fixed = await router.register("4.0.1", package("4.0.1"))
    assert fixed.status == 202
    status = await instance_ended(router, parked)
    assert status["output"] == {"version": "4.0.1", "value": "waited", "type": "str"}


async def terminate_parked_start(router: RouterClient, session: aiohttp.ClientSession) -> None:
    await router.register("5.0.0", package("5.0.0", code="import no_such_module\n"))
    parked = await router.start("echo", "5.0.0", "given up")
    await line_in(router, "5.0", "failed")
    url = parked.answer.body["terminatePostUri"].replace("{text}", "enough")
    async with session.post(url) as terminated:
        assert (terminated.status, terminated.headers["X-App-Line"]) == (202, "5.0")
    status = await instance_ended(router, parked)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "enough")
    fixed = await router.register("5.0.1", package("5.0.1"))
    await operation_ended(router, fixed.headers["Location"])
    await run_to_end(router, "echo", "5.0.1", "after")
    assert (await instance_ended(router, parked))["runtimeStatus"] == "Terminated"
