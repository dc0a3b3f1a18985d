"""One instance through the router: its links, its management, and its life after its app."""

import re

import aiohttp
import pytest

from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient, Started
from harness.waiting import instance_ended, line_in, operation_ended, run_to_end, until
from tests.e2e.apps import package

_FAILS_ONCE = """

attempts = []


@app.activity_trigger(input_name="value")
def succeed_second_time(value):
    attempts.append(value)
    if len(attempts) < 2:
        raise ValueError("not yet")
    return value


@app.orchestration_trigger(context_name="context")
def fails_once(context):
    return (yield context.call_activity("succeed_second_time", context.get_input()))
"""


@pytest.fixture
async def active(router: RouterClient) -> None:
    """Bring line 1.0 up."""
    await router.register("1.0.0", package("1.0.0"))
    await run_to_end(router, "echo", "1.0.0", 0)


async def test_links_point_to_the_router_and_carry_no_key(
    router: RouterClient, stack: LocalStack, active: None
) -> None:
    started = await router.start("wait", "1.0", None)
    keys = stack.endpoints["keys"].values()
    for name, url in started.answer.body.items():
        if name == "id":
            continue
        assert url.startswith(stack.endpoints["router"] + "/api/links/instances/")
        assert "code=" not in url
        assert not any(key in url for key in keys)
    assert started.answer.headers["Location"] == started.status_url
    assert int(started.answer.headers["Retry-After"]) > 0


async def test_link_opens_its_own_instance_only(router: RouterClient, active: None) -> None:
    one = await router.start("wait", "1.0", None)
    other = await router.start("wait", "1.0", None)
    assert (await router.follow(one.status_url.replace(one.id, other.id))).status == 401
    later = re.sub(r"se=(\d+)", lambda found: f"se={int(found[1]) + 1}", one.status_url)
    assert (await router.follow(later)).status == 401
    assert (await router.follow(one.status_url)).status == 202


async def test_links_suspend_resume_and_terminate_an_instance(
    router: RouterClient, session: aiohttp.ClientSession, active: None
) -> None:
    started = await router.start("wait", "1.0", None)

    async def post(name: str) -> tuple[int, object]:
        url = started.answer.body[name].replace("{text}", "no+need")
        async with session.post(url) as response:
            return response.status, (await response.json() if response.status >= 400 else None)

    async def state() -> str:
        return str((await router.follow(started.status_url)).body["runtimeStatus"])

    await until(state, lambda found: found == "Running")
    assert (await post("suspendPostUri"))[0] == 202
    await until(state, lambda found: found == "Suspended")
    assert (await post("resumePostUri"))[0] == 202
    await until(state, lambda found: found == "Running")
    assert (await post("terminatePostUri"))[0] == 202
    status = await instance_ended(router, started)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "no need")
    code, problem = await post("terminatePostUri")
    assert (code, problem["code"]) == (410, "instance-ended")  # type: ignore[index]


async def test_purged_instance_is_unknown(
    router: RouterClient, session: aiohttp.ClientSession, active: None
) -> None:
    started = await router.start("echo", "1.0", 1)
    await instance_ended(router, started)
    async with session.delete(started.answer.body["purgeHistoryDeleteUri"]) as response:
        assert (response.status, await response.json()) == (200, {"instancesDeleted": 1})
    assert (await router.follow(started.status_url)).status == 404


async def test_status_shows_input_and_history_as_requested(
    router: RouterClient, active: None
) -> None:
    started = await router.start("echo", "1.0", {"n": 1})
    await instance_ended(router, started)
    plain = (await router.follow(started.status_url + "&showInput=false")).body
    assert plain["input"] is None
    full = (await router.follow(started.status_url + "&showHistory=true")).body
    assert full["input"] == {"n": 1}
    kinds = [event["EventType"] for event in full["historyEvents"]]
    assert kinds == ["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]


async def test_instances_of_a_retired_line_can_be_queried(router: RouterClient) -> None:
    await router.register("2.0.0", package("2.0.0"))
    big = await router.start("echo", "2.0.0", "x" * 100_000)
    await instance_ended(router, big)
    waiting = await router.start("wait", "2.0", None)
    await router.register("2.1.0", package("2.1.0"))
    await run_to_end(router, "echo", "2.1.0", 1)
    await line_in(router, "2.0", "draining")

    async def drain() -> dict[str, object]:
        return dict((await router.get("/api/lines/2.0")).body["drain"] or {})

    busy = await until(drain, lambda found: found.get("verdict") == "busy")
    assert [each["instanceId"] for each in busy["why"]] == [waiting.id]  # type: ignore[attr-defined]
    assert (await router.raise_event(waiting, "go", 1)).status == 202
    assert (await instance_ended(router, waiting))["output"]["version"] == "2.0.0"
    await line_in(router, "2.0", "retired")
    retirement = await router.get("/api/operations/retire-2-0-2")
    details = {step["name"]: step["detail"] for step in retirement.body["steps"]}
    assert "found absent" in details["verify_teardown"]
    status = (await router.follow(big.status_url)).body
    assert status["output"]["value"] == "x" * 100_000
    gone = await router.raise_event(waiting, "go", 2)
    assert (gone.status, gone.body["code"]) == (410, "instance-ended")


async def test_draining_line_is_patched_and_then_retired(
    router: RouterClient,
) -> None:
    await router.register("3.0.0", package("3.0.0"))
    waiting = await router.start("wait", "3.0", None)
    await line_in(router, "3.0", "active")
    await router.register("3.1.0", package("3.1.0"))
    await run_to_end(router, "echo", "3.1", 1)
    await line_in(router, "3.0", "draining")
    patched = await router.register("3.0.1", package("3.0.1"))
    assert patched.status == 202
    operation = await operation_ended(router, patched.headers["Location"])
    assert (operation["kind"], operation["state"]) == ("patch", "succeeded")
    line = (await router.get("/api/lines/3.0")).body
    assert (line["state"], line["release"]) == ("draining", "3.0.1")
    assert (await run_to_end(router, "echo", "3.0.1", 1))["output"]["value"] == 1
    assert (await router.raise_event(waiting, "go", 2)).status == 202
    assert (await instance_ended(router, waiting))["output"] == {"version": "3.0.1", "value": 2}
    await line_in(router, "3.0", "retired")


async def test_failed_instance_is_rewound_and_ended_one_restarted(
    router: RouterClient, session: aiohttp.ClientSession
) -> None:
    await router.register("4.0.0", package("4.0.0", extra=_FAILS_ONCE))
    started = await router.start("fails_once", "4.0", "kept")
    assert (await instance_ended(router, started))["runtimeStatus"] == "Failed"

    async def post(name: str) -> Answer:
        async with session.post(started.answer.body[name].replace("{text}", "again")) as response:
            found = await response.json() if response.content_type.endswith("json") else None
            return Answer(response.status, dict(response.headers), found, seconds=0)

    async def outcome() -> tuple[str, object]:
        status = (await router.follow(started.status_url)).body
        return status["runtimeStatus"], status["output"]

    assert (await post("rewindPostUri")).status == 202
    await until(outcome, lambda found: found == ("Completed", "kept"))
    again = await post("rewindPostUri")
    assert (again.status, again.body["code"]) == (412, "wrong-status")
    restarted = await post("restartPostUri")
    assert restarted.status == 202
    assert restarted.body["id"] != started.id
    status = await instance_ended(router, Started(restarted))
    assert (status["instanceId"], status["output"]) == (restarted.body["id"], "kept")
