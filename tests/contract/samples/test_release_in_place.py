"""Releases deployed over an order in flight, without a router: the reason for having one."""

from tests.contract.samples.conftest import App

# Recorded from extension 3.14.1, with this app's names.
NON_DETERMINISTIC = (
    "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an "
    "activity task with sequence number 0 named 'reserve_stock', but the current orchestration "
    "replay instead scheduled an activity task named 'charge' with this sequence number.  Was a "
    "change made to the orchestrator code after this instance had already started running?"
)
ORDER = {"reserved": "1 x book", "charged": 19.9}


async def start_waiting_order(app: App) -> None:
    await app.deploy("1.0.0")
    await app.host.begin("order", "in-flight", {})
    await app.host.until_recorded("in-flight", "TimerCreated")


async def test_breaking_release_fails_the_order_in_flight(app: App) -> None:
    await start_waiting_order(app)
    await app.deploy("1.1.0")
    await app.host.raise_event("in-flight", "shipped", {})
    assert await app.end("in-flight") == ("Failed", NON_DETERMINISTIC)


async def test_patch_lets_the_order_in_flight_complete(app: App) -> None:
    await start_waiting_order(app)
    await app.deploy("1.0.1")
    await app.host.raise_event("in-flight", "shipped", {})
    shipped = {"release": "1.0.1", "state": "shipped", **ORDER}
    assert await app.end("in-flight") == ("Completed", shipped)


async def test_order_that_is_not_shipped_in_time_is_refunded(app: App) -> None:
    await app.deploy("1.0.1")
    await app.host.begin("order", "late", {"shipsWithinSeconds": 1})
    refunded = {"release": "1.0.1", "state": "refunded", "reserved": "1 x book", "charged": 0}
    assert await app.end("late") == ("Completed", refunded)


async def test_every_release_completes_a_quick_order(app: App) -> None:
    for release in ("1.0.0", "1.0.1", "1.1.0"):
        await app.deploy(release)
        await app.host.begin("quick_order", f"counter-{release}", {})
        collected = {"release": release, "state": "collected", **ORDER}
        assert await app.end(f"counter-{release}") == ("Completed", collected)


async def test_patch_under_load_leaves_no_message_hidden(app: App) -> None:
    """The old host has taken messages from the queues, which the new one needs at once."""
    await app.deploy("1.0.0")
    orders = [f"order-{number}" for number in range(40)]
    for order in orders:
        await app.host.begin("quick_order", order, {})
    await app.deploy("1.0.1")
    ends = [await app.end(order) for order in orders]
    assert {status for status, _ in ends} == {"Completed"}
