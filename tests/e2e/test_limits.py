"""Limits and deadlines: refusals name the lines that use the capacity, and all of it ends."""

from typing import Any

import aiohttp

from harness.arm_emulator import inject_fault, remove_faults
from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient, Started
from harness.waiting import instance_ended, line_in, line_until, until
from tests.e2e.apps import package

SETTINGS = {
    "ROUTER_MAX_LINES": "2",
    "ROUTER_KEEP_LINES": "5",  # a drained line is retired only when its capacity is needed
    "ROUTER_DRAIN_WARN_SECONDS": "1",
    "ROUTER_DRAIN_TERMINATE_SECONDS": "3600",
    "EMULATOR_VISIBILITY_SECONDS": "3",
}
_WARNING = "it is still draining"
_PARENT = """

@app.orchestration_trigger(context_name="context")
def parent(context):
    yield context.call_sub_orchestrator("wait", None, context.instance_id + "-child")
"""


async def test_line_that_never_drains_is_evicted_at_its_deadline(
    router: RouterClient, stack: LocalStack
) -> None:
    await router.register("1.0.0", package("1.0.0", extra=_PARENT))
    parent = await router.start("parent", "1.0.0", None)
    child = f"{parent.id}-child"
    await until(lambda: status(router, child), lambda found: found == "Running")
    await serving(router, "1.1.0")  # from here on 1.0 drains
    await router.register("1.2.0", package("1.2.0"))

    async def start_of_third() -> Answer:
        return await router.request_start("echo", "1.2.0", 1)

    full = await until(start_of_third, names_blocker, progress=progress)
    assert (full.status, full.body["code"], full.body["limit"]) == (429, "limit-reached", 2)
    assert int(full.headers["Retry-After"]) > 0
    holders = {each["line"]: (each["state"], each["why"]) for each in full.body["lines"]}
    assert holders["1.1"] == ("active", "it serves starts")
    assert holders["1.0"][0] == "draining"
    assert parent.id in holders["1.0"][1]
    assert (await router.get("/api/lines/1.2")).body["state"] == "registered"

    await line_until(router, "1.0", lambda line: _WARNING in str(line["events"]))
    await stack.restart({"ROUTER_DRAIN_TERMINATE_SECONDS": "2"})
    assert (await instance_ended(router, parent))["runtimeStatus"] == "Terminated"
    assert await until(lambda: status(router, child), lambda found: found == "Terminated")
    line = await line_in(router, "1.0", "retired")
    events = [event["what"] for event in reversed(line["events"])]
    warned, closed = (
        next(number for number, what in enumerate(events) if text in what)
        for text in (_WARNING, "its deadline has passed")
    )
    assert warned < closed
    terminated = [what for what in events[closed:] if what.startswith("terminated ")]
    assert {what.split()[2].rstrip(":") for what in terminated} == {parent.id, child}

    started = await until(start_of_third, accepted, progress=progress)
    assert started.headers["X-App-Line"] == "1.2"


async def test_starts_wait_or_are_refused_while_azure_has_no_quota(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    await serving(router, "2.0.0")
    arm = stack.endpoints["arm"]
    quota = {"effect": "quota", "method": "PUT", "path": "/serverfarms/", "times": 10_000}
    await inject_fault(session, arm, quota)
    await router.register("2.1.0", package("2.1.0"))

    async def start() -> Answer:
        return await router.request_start("echo", "2.1.0", "waited")

    parked = await until(start, accepted, progress=progress)
    full = await until(start, lambda answer: answer.status == 429, progress=progress)
    assert full.body["code"] == "limit-reached"
    assert "additional quota" in full.body["detail"]
    assert [each["line"] for each in full.body["lines"]] == ["2.0"]

    async def status_of_parked() -> dict[str, Any]:
        return dict((await router.follow(parked.body["statusQueryGetUri"])).body)

    def has_reason(seen: dict[str, Any]) -> bool:
        return "additional quota" in (seen["customStatus"]["router"]["step"] or "")

    assert (await until(status_of_parked, has_reason))["runtimeStatus"] == "Pending"
    assert "additional quota" in (await router.get("/api/lines/2.1")).body["waitingForCapacity"]

    await remove_faults(session, arm)
    line = await line_in(router, "2.1", "active")
    assert line["waitingForCapacity"] is None
    assert (await instance_ended(router, Started(parked)))["output"]["value"] == "waited"


def progress(answer: Answer) -> object:
    return answer.status, (answer.body or {}).get("lines")


def accepted(answer: Answer) -> bool:
    return answer.status == 202


def names_blocker(answer: Answer) -> bool:
    """Return True if the response names the blocker of line 1.0."""
    lines = answer.body.get("lines", ())
    return any(each["line"] == "1.0" and "is Running" in each["why"] for each in lines)


async def serving(router: RouterClient, version: str) -> None:
    """Bring a line up as soon as there is capacity for it."""
    await router.register(version, package(version))

    async def start() -> Answer:
        return await router.request_start("echo", version, 0)

    answer = await until(start, accepted, progress=progress)
    await instance_ended(router, Started(answer))


async def status(router: RouterClient, instance_id: str) -> str | None:
    answer = await router.instance(instance_id)
    return str(answer.body["runtimeStatus"]) if answer.status in (200, 202) else None
