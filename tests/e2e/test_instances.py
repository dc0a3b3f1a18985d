"""One instance, through the router: its links, its life, and that it outlives its app."""

import re

import aiohttp
import pytest

from demo.client import Answer, Router, Started
from tests.e2e.apps import package
from tests.e2e.conftest import Stack
from tests.e2e.until import ended, line_in, operation_ended, until

_STUBBORN = """

attempts = []


@app.activity_trigger(input_name="value")
def second_time(value):
    attempts.append(value)
    if len(attempts) < 2:
        raise ValueError("not yet")
    return value


@app.orchestration_trigger(context_name="context")
def stubborn(context):
    return (yield context.call_activity("second_time", context.get_input()))
"""


@pytest.fixture
async def active(router: Router) -> None:
    """Line 1.0 serves."""
    await router.register("1.0.0", package("1.0.0"))
    await ended(router, await router.start("tell", "1.0.0", 0))


async def test_the_links_are_the_routers_own_and_carry_no_key(
    router: Router, stack: Stack, active: None
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


async def test_a_link_opens_its_own_instance_only(router: Router, active: None) -> None:
    one = await router.start("wait", "1.0", None)
    other = await router.start("wait", "1.0", None)
    assert (await router.follow(one.status_url.replace(one.id, other.id))).status == 401
    later = re.sub(r"se=(\d+)", lambda found: f"se={int(found[1]) + 1}", one.status_url)
    assert (await router.follow(later)).status == 401
    assert (await router.follow(one.status_url)).status == 202


async def test_an_instance_is_suspended_resumed_and_terminated_by_its_links(
    router: Router, session: aiohttp.ClientSession, active: None
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
    status = await ended(router, started)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "no need")
    code, problem = await post("terminatePostUri")
    assert (code, problem["code"]) == (410, "instance-ended")  # type: ignore[index]


async def test_a_purged_instance_is_unknown(
    router: Router, session: aiohttp.ClientSession, active: None
) -> None:
    started = await router.start("tell", "1.0", 1)
    await ended(router, started)
    async with session.delete(started.answer.body["purgeHistoryDeleteUri"]) as response:
        assert (response.status, await response.json()) == (200, {"instancesDeleted": 1})
    assert (await router.follow(started.status_url)).status == 404


async def test_the_status_shows_input_and_history_as_asked(router: Router, active: None) -> None:
    started = await router.start("tell", "1.0", {"n": 1})
    await ended(router, started)
    plain = (await router.follow(started.status_url + "&showInput=false")).body
    assert plain["input"] is None
    full = (await router.follow(started.status_url + "&showHistory=true")).body
    assert full["input"] == {"n": 1}
    kinds = [event["EventType"] for event in full["historyEvents"]]
    assert kinds == ["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]


async def test_a_drained_line_goes_and_its_instances_are_still_answered(router: Router) -> None:
    await router.register("2.0.0", package("2.0.0"))
    big = await router.start("tell", "2.0.0", "x" * 100_000)
    await ended(router, big)
    waiting = await router.start("wait", "2.0", None)
    await router.register("2.1.0", package("2.1.0"))
    await ended(router, await router.start("tell", "2.1.0", 1))
    await line_in(router, "2.0", "draining")

    async def drain() -> dict[str, object]:
        return dict((await router.get("/api/lines/2.0")).body["drain"] or {})

    busy = await until(drain, lambda found: found.get("verdict") == "busy")
    assert [why["instanceId"] for why in busy["why"]] == [waiting.id]  # type: ignore[attr-defined]
    assert (await router.raise_event(waiting, "go", 1)).status == 202
    assert (await ended(router, waiting))["output"]["version"] == "2.0.0"
    await line_in(router, "2.0", "retired")
    ended_retirement = await router.get("/api/operations/retire-2-0-2")
    proof = {step["name"]: step["detail"] for step in ended_retirement.body["steps"]}
    assert "found absent" in proof["verify_teardown"]
    status = (await router.follow(big.status_url)).body
    assert status["output"]["value"] == "x" * 100_000
    gone = await router.raise_event(waiting, "go", 2)
    assert (gone.status, gone.body["code"]) == (410, "instance-ended")


async def test_a_line_takes_a_patch_while_it_drains_and_goes_when_its_work_is_done(
    router: Router,
) -> None:
    await router.register("3.0.0", package("3.0.0"))
    waiting = await router.start("wait", "3.0", None)
    await line_in(router, "3.0", "active")
    await router.register("3.1.0", package("3.1.0"))
    await ended(router, await router.start("tell", "3.1", 1))
    await line_in(router, "3.0", "draining")
    patched = await router.register("3.0.1", package("3.0.1"))
    assert patched.status == 202
    operation = await operation_ended(router, patched.headers["Location"])
    assert (operation["kind"], operation["state"]) == ("patch", "succeeded")
    line = (await router.get("/api/lines/3.0")).body
    assert (line["state"], line["release"]) == ("draining", "3.0.1")
    assert (await ended(router, await router.start("tell", "3.0.1", 1)))["output"]["value"] == 1
    assert (await router.raise_event(waiting, "go", 2)).status == 202
    assert (await ended(router, waiting))["output"] == {"version": "3.0.1", "value": 2}
    await line_in(router, "3.0", "retired")


async def test_an_instance_that_failed_is_rewound_and_one_that_has_ended_is_restarted(
    router: Router, session: aiohttp.ClientSession
) -> None:
    await router.register("4.0.0", package("4.0.0", extra=_STUBBORN))
    started = await router.start("stubborn", "4.0", "kept")
    assert (await ended(router, started))["runtimeStatus"] == "Failed"

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
    status = await ended(router, Started(restarted))
    assert (status["instanceId"], status["output"]) == (restarted.body["id"], "kept")
