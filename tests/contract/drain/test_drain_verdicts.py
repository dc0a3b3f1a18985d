"""A line is drained once all work that an app can have has ended, and reports it until then."""

from datetime import UTC, datetime, timedelta

import pytest

from router.domain.model import Verdict
from router.domain.timestamps import human_readable
from tests.contract.drain.environment import DrainEnvironment

pytestmark = pytest.mark.asyncio(loop_scope="module")
RUNS = "it is working, or waiting for an event, a timer or a child"
SIGNAL = (
    '{"op":"add","signal":true,"id":"c4c93572-670e-49c7-a35e-4ab3e210ac76",'
    '"Timestamp":"0001-01-01T00:00:00","Predecessor":"0001-01-01T00:00:00",'
    '"IsLockRequest":false,"createTrace":false}'
)


async def assert_held_by(
    environment: DrainEnvironment, instance_id: str, status: str, waits_for: str
) -> None:
    """Assert that the line is busy with this instance alone, and reports it."""
    assert (await environment.held()).verdict is Verdict.BUSY
    [blocker] = await environment.blockers()
    row = await environment.instances.get_entity(instance_id, "")
    created = human_readable(row["CreatedTime"])
    assert (blocker["kind"], blocker["instanceId"], blocker["runtimeStatus"]) == (
        *("instance", instance_id),
        status,
    )
    description = f"{row['Name']} {instance_id} is {status}, created {created}"
    assert blocker["detail"] == f"{description}: {waits_for}"


async def assert_drained(environment: DrainEnvironment, *details: str) -> None:
    drain = await environment.until(Verdict.DRAINED)
    assert [blocker.detail for blocker in drain.blockers] == list(details)


async def test_hub_without_unfinished_work_is_drained(environment: DrainEnvironment) -> None:
    await environment.app.begin("quick", "done")
    await environment.app.end("done")
    await assert_drained(environment)


async def test_running_instance_holds_the_line(environment: DrainEnvironment) -> None:
    await environment.app.begin("waits", "running")
    await environment.app.until("running", "Running")
    await assert_held_by(environment, "running", "Running", RUNS)
    await environment.app.raise_event("running", "go", 1)
    await assert_drained(environment)


async def test_suspended_instance_holds_the_line(environment: DrainEnvironment) -> None:
    await environment.app.begin("waits", "suspended")
    await environment.app.until("suspended", "Running")
    await environment.app.ask("POST", "/instances/suspended/suspend")
    await environment.app.until("suspended", "Suspended")
    await assert_held_by(
        environment, "suspended", "Suspended", "it continues only when it is resumed"
    )
    await environment.app.ask("POST", "/instances/suspended/resume")
    await environment.app.raise_event("suspended", "go", 1)
    await assert_drained(environment)


async def test_scheduled_instance_holds_the_line(fresh: DrainEnvironment) -> None:
    due = datetime.now(UTC) + timedelta(hours=1)
    async with fresh.client() as client:
        await client.create(instance_id="later", name="quick", scheduled_at=due)
    await assert_held_by(fresh, "later", "Pending", f"it is scheduled for {human_readable(due)}")
    await fresh.terminate("later")
    left = "1 invisible message remains: timers of instances that have ended"
    await assert_drained(fresh, left)


async def test_start_that_no_worker_has_taken_holds_the_line(stopped: DrainEnvironment) -> None:
    async with stopped.client() as client:
        await client.create(instance_id="not-taken", name="quick")
    await assert_held_by(stopped, "not-taken", "Pending", "the line's app has not started it yet")
    await stopped.start_app()
    await stopped.app.end("not-taken")
    await assert_drained(stopped)


async def test_eternal_orchestration_holds_the_line(environment: DrainEnvironment) -> None:
    await environment.app.begin("repeats", "eternal")
    await environment.app.until("eternal", "Running")
    assert (await environment.held()).verdict is Verdict.BUSY
    await environment.stop_app()
    between = {"PartitionKey": "eternal", "RowKey": "", "RuntimeStatus": "ContinuedAsNew"}
    await environment.instances.update_entity(between)  # as the real engine does for a moment
    await assert_held_by(
        environment, "eternal", "ContinuedAsNew", "its next execution is about to begin"
    )
    environment.open_gate()
    await environment.start_app()
    await environment.app.end("eternal")
    await assert_drained(environment)


async def test_child_that_outlives_its_parent_holds_the_line(environment: DrainEnvironment) -> None:
    await environment.app.begin("has_child", "parent")
    await environment.app.until("parent", "Running")
    await environment.app.until("parent-child", "Running")
    await environment.terminate("parent")
    await environment.app.end("parent")
    await assert_held_by(environment, "parent-child", "Running", RUNS)
    await environment.app.raise_event("parent-child", "go", 1)
    await assert_drained(environment)


async def test_start_without_a_row_holds_the_line(stopped: DrainEnvironment) -> None:
    async with stopped.client() as client:
        await client.create(instance_id="no-row", name="quick")
    row = await stopped.instances.get_entity("no-row", "")
    await stopped.instances.delete_entity(row)
    assert (await stopped.held()).verdict is Verdict.BUSY
    [blocker] = await stopped.blockers()
    assert (blocker["kind"], blocker["instanceId"]) == ("message", None)
    assert blocker["detail"].startswith(
        "a start, an event or a signal is waiting in queue orders1x0-control-"
    )
    await stopped.instances.create_entity(row)  # as a client that was only slow
    await stopped.start_app()
    await stopped.app.end("no-row")
    await assert_drained(stopped)


async def test_signal_to_an_entity_without_a_row_holds_the_line(stopped: DrainEnvironment) -> None:
    async with stopped.client() as client:
        await client.raise_event("@counter@new", "op", SIGNAL)
    assert (await stopped.held()).verdict is Verdict.BUSY
    [blocker] = await stopped.blockers()
    assert (blocker["kind"], blocker["instanceId"]) == ("message", None)
    await stopped.start_app()
    await assert_drained(stopped)
    row = await stopped.instances.get_entity("@counter@new", "")
    assert row["RuntimeStatus"] == "Running"  # as of any idle entity


async def test_timers_of_ended_instances_hold_the_line_at_first(fresh: DrainEnvironment) -> None:
    for number in range(3):
        await fresh.app.begin("sleeps", f"timer-{number}")
        await fresh.app.until(f"timer-{number}", "Running")
    for number in range(3):
        await fresh.terminate(f"timer-{number}")
        await fresh.app.end(f"timer-{number}")
    quiet = await fresh.until(Verdict.UNKNOWN)
    [settling] = quiet.blockers
    assert quiet.quiet_since is not None
    assert settling.detail.startswith("3 invisible messages remain: work in progress or timers of")
    left = "3 invisible messages remain: timers of instances that have ended"
    await assert_drained(fresh, left)
    drained = fresh.line.drain
    assert drained is not None
    assert drained.quiet_since == quiet.quiet_since


async def test_activity_of_a_terminated_instance_holds_the_line(
    environment: DrainEnvironment,
) -> None:
    await environment.app.begin("works", "terminated")
    await environment.app.until_recorded("terminated", "TaskScheduled")
    await environment.terminate("terminated")
    await environment.app.end("terminated")
    assert (await environment.held()).verdict is Verdict.BUSY
    [blocker] = await environment.blockers()
    assert (blocker["kind"], blocker["name"], blocker["detail"]) == (
        "message",
        "orders1x0-workitems",
        (
            "1 activity is running (queue orders1x0-workitems); "
            "if a worker died, its activity runs again"
        ),
    )
    environment.open_gate()
    await assert_drained(environment)


async def test_activity_of_a_crashed_worker_holds_the_line(environment: DrainEnvironment) -> None:
    await environment.app.begin("works", "crashed")
    await environment.app.until_recorded("crashed", "TaskScheduled")
    await environment.terminate("crashed")
    await environment.app.end("crashed")
    await environment.kill_app()
    assert (await environment.held()).verdict is Verdict.BUSY
    [blocker] = await environment.blockers()
    assert blocker["detail"] == (
        "an activity is waiting in queue orders1x0-workitems; the line's app must be running to "
        "take it"
    )
    environment.open_gate()
    await environment.start_app()
    await assert_drained(environment)
