"""Line actions (drain, undrain, retire, revive), and the retention of a retired line's data.

Each test runs several sequences at once, each on a line of its own.
"""

import asyncio
import re

import aiohttp

from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient
from harness.storage_dump import Account, dump
from harness.waiting import instance_ended, line_in, line_until, operation_ended, run_to_end, until
from tests.e2e.apps import package

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # lines drain only when requested
    "ROUTER_RETENTION_SECONDS": "20",
    "ROUTER_STEP_SECONDS": "30",
}


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


async def serving(router: RouterClient, version: str) -> None:
    """Bring a line up."""
    await router.register(version, package(version))
    await run_to_end(router, "echo", version, 0)


async def test_line_actions_are_idempotent(
    router: RouterClient, session: aiohttp.ClientSession
) -> None:
    await asyncio.gather(
        close_busy_line_and_reopen(router),
        retire_purge_and_revive(router, session),
        retire_failed_line(router),
        refuse_invalid_actions(router),
    )


async def close_busy_line_and_reopen(router: RouterClient) -> None:
    await serving(router, "1.0.0")
    waiting = await router.start("wait", "1.0", None)
    for _ in range(2):
        closed = await router.line_action("1.0", "drain?closed=true")
        assert (closed.status, closed.body["state"], closed.body["closed"]) == (
            202,
            "draining",
            True,
        )
        assert closed.headers["Location"].endswith("/api/lines/1.0")
    assert problem(await router.request_start("echo", "1.0", 1)) == (409, "line-closed")

    busy = await router.line_action("1.0", "retire")
    assert problem(busy) == (409, "not-drained")
    assert waiting.id in busy.body["detail"]
    assert [each["instanceId"] for each in busy.body["drain"]["why"]] == [waiting.id]

    for _ in range(2):
        back = await router.line_action("1.0", "undrain")
        assert (back.status, back.body["state"], back.body["closed"]) == (202, "active", False)
    assert (await run_to_end(router, "echo", "1.0", 1))["output"]["value"] == 1
    assert problem(await router.line_action("1.0", "retire")) == (409, "wrong-state")
    assert (await router.line_action("1.0", "revive")).status == 202


async def retire_purge_and_revive(router: RouterClient, session: aiohttp.ClientSession) -> None:
    await serving(router, "2.0.0")
    kept = await router.start("echo", "2.0", "x" * 100_000)
    purged = await router.start("echo", "2.0", "y" * 100_000)
    await asyncio.gather(instance_ended(router, kept), instance_ended(router, purged))
    await router.line_action("2.0", "drain")
    await line_in(router, "2.0", "retired")

    again = await router.line_action("2.0", "retire")
    retirement = await operation_ended(router, again.headers["Location"])
    assert (retirement["kind"], retirement["state"]) == ("retire", "succeeded")
    report = again.body["teardownReport"]
    assert "queues orders2x0-control-* and orders2x0-workitems" in report["absent"]
    assert report["remains"][1] == "container orders2x0-largemessages"
    assert report["until"] > report["at"]
    detail = {step["name"]: step["detail"] for step in retirement["steps"]}["verify_teardown"]
    assert all(text in detail for text in (*report["absent"], *report["remains"]))

    async with session.delete(purged.answer.body["purgeHistoryDeleteUri"]) as response:
        assert (response.status, await response.json()) == (200, {"instancesDeleted": 1})
    assert (await router.follow(purged.status_url)).status == 404

    revivals = await asyncio.gather(*(router.line_action("2.0", "revive") for _ in range(2)))
    [location] = {each.headers["Location"] for each in revivals}
    assert [each.status for each in revivals] == [202, 202]
    assert (await operation_ended(router, location))["state"] == "succeeded"
    line = await line_in(router, "2.0", "active")
    assert (line["release"], line["taskHub"], line["teardownReport"]) == (
        "2.0.0",
        "Orders2x0",
        None,
    )
    assert (await router.follow(kept.status_url)).body["output"]["value"] == "x" * 100_000
    assert (await run_to_end(router, "echo", "2.0", 2))["output"]["value"] == 2


async def retire_failed_line(router: RouterClient) -> None:
    await router.register("3.0.0", package("3.0.0", code="import no_such_module\n"))
    begun = await router.line_action("3.0", "revive")
    assert begun.status == 202
    assert (await operation_ended(router, begun.headers["Location"]))["state"] == "failed"

    async def retire() -> Answer:
        return await router.line_action("3.0", "retire")

    taken = await until(
        retire, lambda answer: answer.status == 202, progress=lambda answer: answer.status
    )
    assert (await operation_ended(router, taken.headers["Location"]))["state"] == "succeeded"
    assert (await line_in(router, "3.0", "retired"))["error"] is None


async def refuse_invalid_actions(router: RouterClient) -> None:
    await router.register("4.0.0", package("4.0.0"))
    for what in ("drain", "undrain", "retire"):
        assert problem(await router.line_action("4.0", what)) == (409, "wrong-state")
    assert problem(await router.line_action("4.0", "paint")) == (404, "unknown-route")
    assert problem(await router.line_action("9.9", "drain")) == (404, "unknown-line")
    assert problem(await router.line_action("4.0", "drain?closed=maybe")) == (400, "bad-closed")
    assert (await router.request("POST", "/api/lines/4.0/drain", "client")).status == 401


async def test_only_expired_data_of_a_retired_line_is_purged(
    router: RouterClient, stack: LocalStack
) -> None:
    await asyncio.gather(serving(router, "5.0.0"), serving(router, "5.1.0"))
    expired = await router.start("echo", "5.0", "x" * 100_000)
    kept = await router.start("echo", "5.1", "z" * 100_000)
    await asyncio.gather(instance_ended(router, expired), instance_ended(router, kept))
    await router.line_action("5.0", "drain")
    await line_in(router, "5.0", "retired")
    before = await dump(stack.endpoints["storage"])
    assert "orders5x0-largemessages" in before["blobs"]

    purged = await line_until(
        router, "5.0", lambda line: line["teardownReport"]["purgedAt"] is not None
    )
    report = purged["teardownReport"]
    assert report["purgedAt"] >= report["until"]
    assert report["remains"] == []
    after = await dump(stack.endpoints["storage"])
    assert "orders5x0-largemessages" not in after["blobs"]
    assert of_lines(before, "Orders5x0").keys() == {"Orders5x0Instances", "Orders5x0History"}
    assert of_lines(after, "Orders5x0") == {}
    assert of_lines(after) == {
        name: rows for name, rows in of_lines(before).items() if not name.startswith("Orders5x0")
    }
    assert (await router.follow(expired.status_url)).status == 404
    assert (await router.follow(kept.status_url)).body["output"]["value"] == "z" * 100_000


def of_lines(account: Account, hub: str = "Orders") -> Account:
    """Return the Instances and History tables of all lines, or of one line's hub."""
    named = re.compile(rf"{hub}.*(Instances|History)")
    return {name: rows for name, rows in account["tables"].items() if named.fullmatch(name)}
