"""What putting a release over an order in flight does, with no router between: why there is one."""

import asyncio

from tests.contract.samples.conftest import VISIBILITY_SECONDS, App

# Recorded from extension 3.14.1, with this app's names.
NON_DETERMINISTIC = (
    "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an "
    "activity task with sequence number 0 named 'reserve_stock', but the current orchestration "
    "replay instead scheduled an activity task named 'charge' with this sequence number.  Was a "
    "change made to the orchestrator code after this instance had already started running?"
)
ORDER = {"reserved": "1 x book", "charged": 19.9}


async def test_a_breaking_release_fails_the_order_in_flight(app: App) -> None:
    await app.deploy("1.0.0")
    await app.start("order", "in-flight")
    await app.waits("in-flight")
    await app.deploy("1.1.0")
    await app.raise_event("in-flight", "shipped")
    assert await app.end("in-flight") == ("Failed", NON_DETERMINISTIC)


async def test_a_patch_lets_it_go_on(app: App) -> None:
    await app.deploy("1.0.0")
    await app.start("order", "in-flight")
    await app.waits("in-flight")
    await app.deploy("1.0.1")
    await app.raise_event("in-flight", "shipped")
    shipped = {"release": "1.0.1", "state": "shipped", **ORDER}
    assert await app.end("in-flight") == ("Completed", shipped)


async def test_an_order_that_is_not_shipped_in_time_is_refunded(app: App) -> None:
    await app.deploy("1.0.1")
    await app.start("order", "late", {"shipsWithinSeconds": 1})
    refunded = {"release": "1.0.1", "state": "refunded", "reserved": "1 x book", "charged": 0}
    assert await app.end("late") == ("Completed", refunded)


async def test_every_release_serves_at_the_counter(app: App) -> None:
    for release in ("1.0.0", "1.0.1", "1.1.0"):
        await app.deploy(release)
        await app.start("quick_order", f"counter-{release}")
        collected = {"release": release, "state": "collected", **ORDER}
        assert await app.end(f"counter-{release}") == ("Completed", collected)


async def test_a_patch_amid_work_hides_no_message_until_its_visibility_ends(app: App) -> None:
    """The host that goes has taken messages from the queues; the one that comes needs them."""
    await app.deploy("1.0.0")
    orders = [f"order-{number}" for number in range(40)]
    for order in orders:
        await app.start("quick_order", order)
    await app.deploy("1.0.1")
    async with asyncio.timeout(VISIBILITY_SECONDS - 20):
        ends = [await app.end(order) for order in orders]
    assert {status for status, _ in ends} == {"Completed"}
