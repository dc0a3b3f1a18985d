"""Starts: what a caller sends arrives once, on the right line, whatever is going on."""

import asyncio
import json
import os
import signal
from typing import Any

import aiohttp
import pytest

from demo.azure import Azure
from demo.client import Answer, Router, Started
from harness.storage_dump import dump
from tests.e2e.apps import package
from tests.e2e.conftest import Stack
from tests.e2e.until import ended, line_in, operation_ended, told, until

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # each test has lines of its own, none is to go
    "ROUTER_STEP_SECONDS": "15",
}


async def test_the_first_start_of_a_version_is_parked_and_ends_on_an_app_made_for_it(
    router: Router,
) -> None:
    registered = await router.register("1.0.0", package("1.0.0"))
    assert (registered.status, registered.body["state"]) == (201, "registered")
    started = await router.start("tell", "1.0.0", {"a": [1, None, "é"]})
    assert started.answer.headers["X-App-Line"] == "1.0"
    assert started.id.startswith("1-0-")
    parked = await router.follow(started.status_url)
    assert parked.status == 202
    if parked.body["runtimeStatus"] == "Pending":
        assert parked.body["customStatus"]["router"]["line"] == "1.0"
        assert parked.body["customStatus"]["router"]["waitingFor"] == "provisioning"
    status = await ended(router, started)
    assert status["runtimeStatus"] == "Completed"
    assert status["output"] == {"version": "1.0.0", "value": {"a": [1, None, "é"]}, "type": "dict"}


@pytest.mark.parametrize(
    "value", [{"k": 1}, [1, 2], "hello", "", '"quoted"', "5", 5, 1.5, True, False, None, "{}"]
)
async def test_an_input_reaches_the_orchestrator_as_the_value_that_was_sent(
    router: Router, value: Any
) -> None:
    started = await router.start("tell", "1.0", value)
    status = await ended(router, started)
    assert status["runtimeStatus"] == "Completed", status
    assert status["output"]["value"] == value
    assert status["output"]["type"] == type(value).__name__


async def test_an_active_line_forwards_and_says_which_release_serves(router: Router) -> None:
    started = await router.start("tell", "1.0.0", 1)
    assert started.answer.headers["X-App-Version"] == "1.0.0"
    default = await router._ask("POST", "/api/orchestrators/tell", "client", b"1")
    assert default.status == 202
    assert default.headers["X-App-Line"] == "1.0"


async def test_a_hundred_first_starts_at_once_make_one_app_and_a_hundred_instances(
    router: Router, stack: Stack, session: aiohttp.ClientSession
) -> None:
    await router.register("2.0.0", package("2.0.0"))
    started = await asyncio.gather(*(router.start("tell", "2.0.0", n) for n in range(100)))
    outputs = [(await ended(router, each))["output"]["value"] for each in started]
    assert outputs == list(range(100))
    apps = await Azure.of(session, stack.endpoints).function_apps()
    assert len([app for app in apps if app.startswith("orders-2-0-")]) == 1
    line = (await router.get("/api/lines/2.0")).body
    begun = [event["what"] for event in line["events"] if "began" in event["what"]]
    assert begun == ["provision began (provision-2-0-1)"]


async def test_a_start_that_got_its_202_survives_the_death_of_the_router(
    router: Router, stack: Stack
) -> None:
    await router.register("3.0.0", package("3.0.0"))
    started = await router.start("tell", "3.0.0", "kept")
    os.kill(stack.endpoints["pids"]["router"], signal.SIGKILL)

    async def look() -> int:
        try:
            return (await router.get("/api/health")).status
        except OSError:
            return 0

    await until(look, lambda status: status == 200)
    status = await ended(router, started, 90)
    assert (status["runtimeStatus"], status["output"]["value"]) == ("Completed", "kept")


async def test_an_id_of_the_callers_own_is_started_once(router: Router) -> None:
    first = await router.ask_to_start("wait/order-17", "1.0", 1)
    assert first.status == 202
    assert first.body["id"] == "order-17"
    second = await router.ask_to_start("wait/order-17", "1.0", 1)
    assert (second.status, second.body["code"]) == (409, "instance-exists")
    assert second.headers["X-App-Line"] == "1.0"
    found = await router.follow(Started(first).status_url)
    assert (found.status, found.headers["X-App-Line"]) == (202, "1.0")
    elsewhere = await router.ask_to_start("wait/order-17", "2.0", None)
    assert (elsewhere.status, elsewhere.body["code"]) == (409, "id-taken")


async def race(router: Router, instance_id: str) -> tuple[str, Started]:
    """Start an id on two lines at once: which line got it, while the other one was refused."""
    path, lines = f"wait/{instance_id}", ("1.0", "2.0")  # so that the one that wins has not ended
    answers = await asyncio.gather(*(router.ask_to_start(path, line, None) for line in lines))
    told = sorted((answer.status, answer.body.get("code")) for answer in answers)
    assert told == [(202, None), (409, "id-taken")], [answer.body for answer in answers]
    return next(
        (line, Started(answer))
        for line, answer in zip(lines, answers, strict=True)
        if answer.status == 202
    )


async def test_an_id_started_on_two_lines_at_once_is_one_instance_and_one_refusal(
    router: Router, stack: Stack
) -> None:
    """Fresh ids first, then the same ones again, whose instances have ended."""
    for value in range(2):
        won = await asyncio.gather(*(race(router, f"race-{n}") for n in range(50)))
        await asyncio.gather(*(told(router, started, value) for _, started in won))
        ends = await asyncio.gather(*(ended(router, started) for _, started in won))
        seen = [(end["output"]["version"][:3], end["output"]["value"]) for end in ends]
        assert seen == [(line, value) for line, _ in won]
    rows = (await dump(stack.endpoints["storage"]))["tables"]["LinesInstances"]
    assert len([row for row in rows if row["PartitionKey"].startswith("race-")]) == 50


async def test_a_patch_goes_in_place_while_an_instance_waits(router: Router) -> None:
    waiting = await router.start("wait", "1.0", None)
    patched = await router.register("1.0.1", package("1.0.1"))
    assert patched.status == 202
    operation = await operation_ended(router, patched.headers["Location"])
    assert (operation["kind"], operation["state"]) == ("patch", "succeeded")
    for asked in ("1.0.0", "1.0.1"):
        status = await ended(router, await router.start("tell", asked, 1))
        assert status["output"]["version"] == "1.0.1"
    assert (await router.raise_event(waiting, "go", {"x": 1})).status == 202
    status = await ended(router, waiting)
    assert status["output"] == {"version": "1.0.1", "value": {"x": 1}}


async def test_a_patch_on_request_goes_in_place_when_a_start_names_it(router: Router) -> None:
    answer = await router._ask(
        "PUT", "/api/releases/1.0.2?deploy=on-request", "ops", package("1.0.2"), "application/zip"
    )
    assert answer.status == 201
    status = await ended(router, await router.start("tell", "1.0.1", 1))
    assert status["output"]["version"] == "1.0.1"
    status = await ended(router, await router.start("tell", "1.0.2", 1))
    assert status["output"]["version"] == "1.0.2"


async def test_an_app_that_does_not_come_up_fails_its_line_and_the_next_release_mends_it(
    router: Router,
) -> None:
    await router.register("4.0.0", package("4.0.0", code="import no_such_module\n"))
    parked = await router.start("tell", "4.0.0", "waited")
    line = await line_in(router, "4.0", "failed")
    assert "no_such_module" in json.dumps(line)

    async def start() -> Answer:
        return await router.ask_to_start("tell", "4.0.0", 1)

    refused = await until(start, lambda answer: answer.status != 202)  # older pictures park it
    assert (refused.status, refused.body["code"]) == (503, "line-failed")
    assert "no_such_module" in refused.body["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    mended = await router.register("4.0.1", package("4.0.1"))
    assert mended.status == 202
    status = await ended(router, parked)
    assert status["output"] == {"version": "4.0.1", "value": "waited", "type": "str"}


async def test_a_parked_start_that_is_terminated_is_never_started(
    router: Router, session: aiohttp.ClientSession
) -> None:
    await router.register("5.0.0", package("5.0.0", code="import no_such_module\n"))
    parked = await router.start("tell", "5.0.0", "given up")
    await line_in(router, "5.0", "failed")
    kept = parked.answer.body["terminatePostUri"].replace("{text}", "enough")
    async with session.post(kept) as terminated:
        assert (terminated.status, terminated.headers["X-App-Line"]) == (202, "5.0")
    status = await ended(router, parked)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "enough")
    mended = await router.register("5.0.1", package("5.0.1"))
    await operation_ended(router, mended.headers["Location"])
    await ended(router, await router.start("tell", "5.0.1", "after"))
    assert (await ended(router, parked))["runtimeStatus"] == "Terminated"
