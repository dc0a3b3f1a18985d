"""Limits and deadlines: who finds no place is told who holds them; nothing holds one for ever."""

from typing import Any

import aiohttp

from demo.client import Answer, Router, Started
from tests.e2e.apps import package
from tests.e2e.conftest import Stack
from tests.e2e.until import ended, line_in, until

SETTINGS = {
    "ROUTER_MAX_LINES": "2",
    "ROUTER_KEEP_LINES": "5",  # a drained line goes only when its place is wanted
    "ROUTER_DRAIN_WARN_SECONDS": "1",
    "ROUTER_DRAIN_TERMINATE_SECONDS": "12",
    "ROUTER_VISIBILITY_SECONDS": "3",
}
_PARENT = """

@app.orchestration_trigger(context_name="context")
def parent(context):
    yield context.call_sub_orchestrator("wait", None, context.instance_id + "-child")
"""


async def test_a_line_that_never_ends_gives_its_place_up_in_the_end(
    router: Router, stack: Stack, session: aiohttp.ClientSession
) -> None:
    await router.register("1.0.0", package("1.0.0", extra=_PARENT))
    parent = await router.start("parent", "1.0.0", None)
    child = f"{parent.id}-child"
    await until(lambda: status(router, child), lambda found: found == "Running")
    await up(router, "1.1.0")  # from here on 1.0 drains
    await router.register("1.2.0", package("1.2.0"))

    async def witnessed() -> Answer:
        return await router.ask_to_start("tell", "1.2.0", 1)

    full = await until(witnessed, held)
    assert (full.status, full.body["code"], full.body["limit"]) == (429, "limit-reached", 2)
    assert int(full.headers["Retry-After"]) > 0
    holders = {each["line"]: (each["state"], each["why"]) for each in full.body["lines"]}
    assert holders["1.1"] == ("active", "it serves starts")
    assert holders["1.0"][0] == "draining"
    assert parent.id in holders["1.0"][1]
    assert (await router.get("/api/lines/1.2")).body["state"] == "registered"

    assert (await ended(router, parent))["runtimeStatus"] == "Terminated"
    assert await until(lambda: status(router, child), lambda found: found == "Terminated")
    line = await line_in(router, "1.0", "retired")
    events = [event["what"] for event in reversed(line["events"])]
    warned, closed = (
        next(number for number, what in enumerate(events) if said in what)
        for said in ("it still drains", "its deadline is over")
    )
    assert warned < closed
    terminated = [what for what in events[closed:] if what.startswith("terminated ")]
    assert {what.split()[2].rstrip(":") for what in terminated} == {parent.id, child}

    started = await until(witnessed, lambda answer: answer.status == 202)
    assert started.headers["X-App-Line"] == "1.2"


async def test_where_azure_has_no_room_starts_wait_or_are_told_until_it_has(
    router: Router, stack: Stack, session: aiohttp.ClientSession
) -> None:
    await up(router, "2.0.0")
    faults = f"{stack.endpoints['arm']}/emulator/faults"
    quota = {"effect": "quota", "method": "PUT", "path": "/serverfarms/", "times": 10_000}
    async with session.post(faults, json=quota) as answer:
        assert answer.status == 201
    await router.register("2.1.0", package("2.1.0"))

    async def start() -> Answer:
        return await router.ask_to_start("tell", "2.1.0", "waited")

    parked = await until(start, lambda answer: answer.status == 202)
    full = await until(start, lambda answer: answer.status == 429)
    assert full.body["code"] == "limit-reached"
    assert "additional quota" in full.body["detail"]
    assert [each["line"] for each in full.body["lines"]] == ["2.0"]

    async def told() -> dict[str, Any]:
        return dict((await router.follow(parked.body["statusQueryGetUri"])).body)

    def says_why(seen: dict[str, Any]) -> bool:
        return "additional quota" in (seen["customStatus"]["router"]["step"] or "")

    assert (await until(told, says_why))["runtimeStatus"] == "Pending"
    assert "additional quota" in (await router.get("/api/lines/2.1")).body["waitingForCapacity"]

    async with session.delete(faults) as answer:
        assert answer.status == 204
    line = await line_in(router, "2.1", "active")
    assert line["waitingForCapacity"] is None
    assert (await ended(router, Started(parked)))["output"]["value"] == "waited"


def held(answer: Answer) -> bool:
    """Whether the answer tells what holds line 1.0."""
    lines = answer.body.get("lines", ())
    return any(each["line"] == "1.0" and "is Running" in each["why"] for each in lines)


async def up(router: Router, version: str) -> None:
    """A line that serves, as soon as there is a place for it."""
    await router.register(version, package(version))

    async def start() -> Answer:
        return await router.ask_to_start("tell", version, 0)

    taken = await until(start, lambda answer: answer.status == 202)
    await ended(router, Started(taken))


async def status(router: Router, instance_id: str) -> str | None:
    answer = await router._ask("GET", f"/api/instances/{instance_id}", "client")
    return str(answer.body["runtimeStatus"]) if answer.status in (200, 202) else None
