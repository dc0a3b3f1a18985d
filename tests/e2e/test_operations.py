"""Operators' orders: drain, undrain, retire, revive; and what a retired line leaves, for how long.

Each test is a few stories, told at once, each on a line of its own.
"""

import asyncio
from typing import Any

import aiohttp

from demo.client import Answer, Router
from harness.storage_dump import Account, dump
from tests.e2e.apps import package
from tests.e2e.conftest import Stack
from tests.e2e.until import ended, line_in, operation_ended, until

SETTINGS = {
    "ROUTER_AUTO_DRAIN": "false",  # lines drain when they are told to
    "ROUTER_RETENTION_SECONDS": "20",
    "ROUTER_STEP_SECONDS": "15",
}


async def order(router: Router, line: str, what: str) -> Answer:
    return await router._ask("POST", f"/api/lines/{line}/{what}", "ops")


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


async def up(router: Router, version: str) -> None:
    """A line that serves."""
    await router.register(version, package(version))
    await ended(router, await router.start("tell", version, 0))


async def test_orders_do_what_they_say_once_and_again(
    router: Router, stack: Stack, session: aiohttp.ClientSession
) -> None:
    await asyncio.gather(
        closes_busy_and_comes_back(router),
        retires_is_purged_and_revived(router, session),
        gives_up_what_failed(router),
        refuses_what_makes_no_sense(router),
    )


async def closes_busy_and_comes_back(router: Router) -> None:
    await up(router, "1.0.0")
    waiting = await router.start("wait", "1.0", None)
    for _ in range(2):
        closed = await order(router, "1.0", "drain?closed=true")
        assert (closed.status, closed.body["state"], closed.body["closed"]) == (
            202,
            "draining",
            True,
        )
        assert closed.headers["Location"].endswith("/api/lines/1.0")
    assert refused(await router.ask_to_start("tell", "1.0", 1)) == (409, "line-closed")

    busy = await order(router, "1.0", "retire")
    assert refused(busy) == (409, "not-drained")
    assert waiting.id in busy.body["detail"]
    assert [why["instanceId"] for why in busy.body["drain"]["why"]] == [waiting.id]

    for _ in range(2):
        back = await order(router, "1.0", "undrain")
        assert (back.status, back.body["state"], back.body["closed"]) == (202, "active", False)
    assert (await ended(router, await router.start("tell", "1.0", 1)))["output"]["value"] == 1
    assert refused(await order(router, "1.0", "retire")) == (409, "wrong-state")
    assert (await order(router, "1.0", "revive")).status == 202


async def retires_is_purged_and_revived(router: Router, session: aiohttp.ClientSession) -> None:
    await up(router, "2.0.0")
    kept = await router.start("tell", "2.0", "x" * 100_000)
    purged = await router.start("tell", "2.0", "y" * 100_000)
    await asyncio.gather(ended(router, kept), ended(router, purged))
    await order(router, "2.0", "drain")
    await line_in(router, "2.0", "retired")

    again = await order(router, "2.0", "retire")
    retirement = await operation_ended(router, again.headers["Location"])
    assert (retirement["kind"], retirement["state"]) == ("retire", "succeeded")
    proof = again.body["teardownReport"]
    assert "queues orders2x0-control-… and orders2x0-workitems" in proof["absent"]
    assert proof["remains"][1] == "container orders2x0-largemessages"
    assert proof["until"] > proof["at"]
    detail = {step["name"]: step["detail"] for step in retirement["steps"]}["verify_teardown"]
    assert all(text in detail for text in (*proof["absent"], *proof["remains"]))

    async with session.delete(purged.answer.body["purgeHistoryDeleteUri"]) as response:
        assert (response.status, await response.json()) == (200, {"instancesDeleted": 1})
    assert (await router.follow(purged.status_url)).status == 404

    revivals = await asyncio.gather(*(order(router, "2.0", "revive") for _ in range(2)))
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
    assert (await ended(router, await router.start("tell", "2.0", 2)))["output"]["value"] == 2


async def gives_up_what_failed(router: Router) -> None:
    await router.register("3.0.0", package("3.0.0", code="import no_such_module\n"))
    begun = await order(router, "3.0", "revive")
    assert begun.status == 202
    assert (await operation_ended(router, begun.headers["Location"], 90))["state"] == "failed"

    async def retire() -> Answer:
        return await order(router, "3.0", "retire")

    taken = await until(retire, lambda answer: answer.status == 202)
    assert (await operation_ended(router, taken.headers["Location"]))["state"] == "succeeded"
    assert (await line_in(router, "3.0", "retired"))["error"] is None


async def refuses_what_makes_no_sense(router: Router) -> None:
    await router.register("4.0.0", package("4.0.0"))
    for what in ("drain", "undrain", "retire"):
        assert refused(await order(router, "4.0", what)) == (409, "wrong-state")
    assert refused(await order(router, "4.0", "paint")) == (404, "unknown-route")
    assert refused(await order(router, "9.9", "drain")) == (404, "unknown-line")
    assert refused(await order(router, "4.0", "drain?closed=maybe")) == (400, "bad-closed")
    assert (await router._ask("POST", "/api/lines/4.0/drain", "client")).status == 401


async def test_after_its_time_what_a_line_left_goes_and_nothing_else(
    router: Router, stack: Stack
) -> None:
    await asyncio.gather(up(router, "5.0.0"), up(router, "5.1.0"))
    gone = await router.start("tell", "5.0", "x" * 100_000)
    stays = await router.start("tell", "5.1", "z" * 100_000)
    await asyncio.gather(ended(router, gone), ended(router, stays))
    await order(router, "5.0", "drain")
    await line_in(router, "5.0", "retired")
    before = await dump(stack.endpoints["storage"])
    assert "orders5x0-largemessages" in before["blobs"]

    async def proof() -> dict[str, Any]:
        return dict((await router.get("/api/lines/5.0")).body["teardownReport"])

    swept = await until(proof, lambda found: found["purgedAt"] is not None)
    assert swept["purgedAt"] >= swept["until"]
    assert swept["remains"] == []
    after = await dump(stack.endpoints["storage"])
    assert "orders5x0-largemessages" not in after["blobs"]
    assert of_lines(after) == of_lines(before, without="Orders5x0")
    assert (await router.follow(gone.status_url)).status == 404
    assert (await router.follow(stays.status_url)).body["output"]["value"] == "z" * 100_000


def of_lines(account: Account, without: str | None = None) -> Account:
    """The lines' rows, but for one hub's."""
    tables = account["tables"]
    left = {
        row["PartitionKey"] for row in tables["LinesInstances"] if row["TaskHubName"] == without
    }
    assert without is None or left
    return {
        name: [row for row in tables[name] if row["PartitionKey"] not in left]
        for name in ("LinesInstances", "LinesHistory")
    }
