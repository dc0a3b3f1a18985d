"""Lines with every kind of work that a real app can have: none is drained before it has ended,
every one is soon after, and an operator is told what holds it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.model import Verdict
from router.domain.timestamps import human_readable
from tests.contract.drain.living_hub import PATIENCE_SECONDS, LivingHub

pytestmark = pytest.mark.timeout(180)
RUNS = "it is working, or waiting for an event, a timer or a child"
SIGNAL = (
    '{"op":"add","signal":true,"id":"c4c93572-670e-49c7-a35e-4ab3e210ac76",'
    '"Timestamp":"0001-01-01T00:00:00","Predecessor":"0001-01-01T00:00:00",'
    '"IsLockRequest":false,"createTrace":false}'
)


async def assert_held_by(hub: LivingHub, instance_id: str, status: str, waits_for: str) -> None:
    """The line stays busy with exactly this instance, and tells so."""
    assert (await hub.held()).verdict is Verdict.BUSY
    [why] = await hub.told()
    row = await hub.instances.get_entity(instance_id, "")
    created = human_readable(row["CreatedTime"])
    assert (why["kind"], why["instanceId"], why["runtimeStatus"]) == (
        *("instance", instance_id),
        status,
    )
    assert (
        why["detail"] == f"{row['Name']} {instance_id} is {status}, created {created}: {waits_for}"
    )


async def assert_drained(hub: LivingHub, *details: str) -> None:
    assert [why.detail for why in (await hub.until(Verdict.DRAINED)).blockers] == list(details)


async def scheduled(hub: LivingHub, instance_id: str) -> None:
    """Return once the instance has asked for an activity."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "TaskScheduled" not in await hub.app.history(instance_id):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_hub_in_which_everything_has_ended_is_drained(hub: LivingHub) -> None:
    await hub.app.begin("quick", "done")
    await hub.app.end("done")
    await assert_drained(hub)


async def test_a_running_instance(hub: LivingHub) -> None:
    await hub.app.begin("waits", "order-7")
    await hub.app.until("order-7", "Running")
    await assert_held_by(hub, "order-7", "Running", RUNS)
    await hub.app.raise_event("order-7", "go", 1)
    await assert_drained(hub)


async def test_a_suspended_instance_alone(hub: LivingHub) -> None:
    await hub.app.begin("waits", "order-7")
    await hub.app.until("order-7", "Running")
    await hub.app.ask("POST", "/instances/order-7/suspend")
    await hub.app.until("order-7", "Suspended")
    told = "it continues only when it is resumed"
    await assert_held_by(hub, "order-7", "Suspended", told)
    await hub.app.ask("POST", "/instances/order-7/resume")
    await hub.app.raise_event("order-7", "go", 1)
    await assert_drained(hub)


async def test_an_instance_that_is_scheduled_for_later_alone(hub: LivingHub) -> None:
    due = datetime.now(UTC) + timedelta(hours=1)
    async with hub.client() as client:
        await client.create(instance_id="later", name="quick", scheduled_at=due)
    await assert_held_by(hub, "later", "Pending", f"it is scheduled for {human_readable(due)}")
    await hub.terminate("later")
    left = "1 invisible message remains: timers of instances that have ended"
    await assert_drained(hub, left)


async def test_a_start_that_nobody_has_taken(idle: LivingHub) -> None:
    async with idle.client() as client:
        await client.create(instance_id="order-7", name="quick")
    await assert_held_by(idle, "order-7", "Pending", "the line's app has not started it yet")
    await idle.start_app()
    await idle.app.end("order-7")
    await assert_drained(idle)


async def test_an_instance_that_goes_on_as_a_new_one_for_ever(hub: LivingHub) -> None:
    await hub.app.begin("laps", "eternal")
    await hub.app.until("eternal", "Running")
    assert (await hub.held()).verdict is Verdict.BUSY
    await hub.app.stop()
    between = {"PartitionKey": "eternal", "RowKey": "", "RuntimeStatus": "ContinuedAsNew"}
    await hub.instances.update_entity(between)  # of a real engine: for a moment
    told = "its next execution is about to begin"
    await assert_held_by(hub, "eternal", "ContinuedAsNew", told)
    hub.open_gate()
    await hub.start_app()
    await hub.app.end("eternal")
    await assert_drained(hub)


async def test_a_child_that_outlives_its_parent(hub: LivingHub) -> None:
    await hub.app.begin("has_child", "parent")
    await hub.app.until("parent", "Running")
    await hub.app.until("parent-child", "Running")
    await hub.terminate("parent")
    await hub.app.end("parent")
    await assert_held_by(hub, "parent-child", "Running", RUNS)
    await hub.app.raise_event("parent-child", "go", 1)
    await assert_drained(hub)


async def test_a_start_whose_client_died_before_it_wrote_the_row(idle: LivingHub) -> None:
    async with idle.client() as client:
        await client.create(instance_id="order-7", name="quick")
    row = await idle.instances.get_entity("order-7", "")
    await idle.instances.delete_entity(row)
    assert (await idle.held()).verdict is Verdict.BUSY
    [why] = await idle.told()
    assert (why["kind"], why["instanceId"]) == ("message", None)
    assert why["detail"].startswith(
        "a start, an event or a signal is waiting in queue orders1x0-control-"
    )
    await idle.instances.create_entity(row)  # or it was only slow
    await idle.start_app()
    await idle.app.end("order-7")
    await assert_drained(idle)


async def test_a_signal_to_an_entity_that_has_no_row(idle: LivingHub) -> None:
    async with idle.client() as client:
        await client.raise_event("@counter@new", "op", SIGNAL)
    assert (await idle.held()).verdict is Verdict.BUSY
    [why] = await idle.told()
    assert (why["kind"], why["instanceId"]) == ("message", None)
    await idle.start_app()
    await assert_drained(idle)
    row = await idle.instances.get_entity("@counter@new", "")
    assert row["RuntimeStatus"] == "Running"  # as of any entity that rests


async def test_timers_that_terminated_instances_left(hub: LivingHub) -> None:
    for number in range(3):
        await hub.app.begin("sleeps", f"timer-{number}")
        await hub.app.until(f"timer-{number}", "Running")
    for number in range(3):
        await hub.terminate(f"timer-{number}")
        await hub.app.end(f"timer-{number}")
    quiet = await hub.until(Verdict.UNKNOWN)
    [settling] = quiet.blockers
    assert quiet.quiet_since is not None
    assert settling.detail.startswith("3 invisible messages remain: work in progress or timers of")
    left = "3 invisible messages remain: timers of instances that have ended"
    await assert_drained(hub, left)
    drained = hub.line.drain
    assert drained is not None
    assert drained.quiet_since == quiet.quiet_since


async def test_an_activity_that_still_runs_for_a_terminated_instance(hub: LivingHub) -> None:
    await hub.app.begin("works", "order-7")
    await scheduled(hub, "order-7")
    await hub.terminate("order-7")
    await hub.app.end("order-7")
    assert (await hub.held()).verdict is Verdict.BUSY
    [why] = await hub.told()
    assert (why["kind"], why["name"], why["detail"]) == (
        "message",
        "orders1x0-workitems",
        (
            "1 activity is running (queue orders1x0-workitems); "
            "if a worker died, its activity runs again"
        ),
    )
    hub.open_gate()
    await assert_drained(hub)


async def test_an_activity_of_a_terminated_instance_whose_worker_died(hub: LivingHub) -> None:
    await hub.app.begin("works", "order-7")
    await scheduled(hub, "order-7")
    await hub.terminate("order-7")
    await hub.app.end("order-7")
    await hub.kill_app()
    assert (await hub.held()).verdict is Verdict.BUSY
    [why] = await hub.told()
    assert why["detail"] == (
        "an activity is waiting in queue orders1x0-workitems; the line's app must be running to "
        "take it"
    )
    hub.open_gate()
    await hub.start_app()
    await assert_drained(hub)


async def test_one_instance_behind_more_finished_ones_than_a_page_holds(hub: LivingHub) -> None:
    await hub.app.begin("quick", "done")
    await hub.app.end("done")
    await hub.multiply("done", 1_001)
    await hub.app.begin("waits", "the-last")
    await hub.app.until("the-last", "Running")
    await assert_held_by(hub, "the-last", "Running", RUNS)
    await hub.app.raise_event("the-last", "go", 1)
    await assert_drained(hub)
