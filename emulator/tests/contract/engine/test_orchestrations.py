"""Features of orchestrations, end to end on Azurite."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from emulator.engine.hub import TaskHub
from emulator.engine.model.event import EventType
from emulator.engine.model.instance import InstanceExistsError
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import at_work, ended, in_status, outcome, settings, until
from emulator.tests.contract.engine.replayer import Replayer


async def test_activities_run_in_sequence(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="hello", version="1.0", input='"x"')
        instance = await ended(hub, "a")

    assert instance.runtime_status == "Completed"
    assert (instance.name, instance.version, instance.input) == ("hello", "1.0", '"x"')
    assert instance.output == '["Hello Tokyo!","Hello Seattle!"]'
    assert (instance.custom_status, instance.generation, instance.task_hub) == (
        "null",
        0,
        "TestHub",
    )
    assert instance.completed_at is not None
    assert instance.created_at <= instance.last_updated_at <= instance.completed_at


async def test_activities_run_in_parallel(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="fan", input="150")
        assert await outcome(hub, "a") == (
            "Completed",
            json.dumps([f"Hello {n}!" for n in range(150)], separators=(",", ":")),
        )


async def test_failed_activity_fails_its_orchestration(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="boom")
        assert await outcome(hub, "a") == ("Failed", "the activity failed on purpose")


async def test_unanswered_activity_leaves_orchestration_running(
    account: str,
) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="unknown_activity")

        async def work_items() -> bytes:
            client = hub.stores.storage.queues
            query = {"peekonly": "true"}
            return (await client.call("GET", "/testhub-workitems/messages", query=query)).body

        await in_status(hub, "a", "Running")
        await until(work_items, lambda body: b"<QueueMessage>" not in body)
        assert (await in_status(hub, "a", "Running")).output is None


async def test_timer_fires_at_most_a_second_early(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        began = datetime.now(UTC)
        await hub.create(instance_id="a", name="sleeper", input="3")
        instance = await ended(hub, "a")

    assert instance.output == '"rested"'
    assert instance.completed_at is not None
    assert instance.completed_at - began >= timedelta(seconds=2)


async def test_events_are_received_in_sending_order(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="collect", input="4")
        await in_status(hub, "a", "Running")
        for n in range(4):
            await hub.raise_event("a", "item", str(n))
        assert await outcome(hub, "a") == ("Completed", "[0,1,2,3]")


async def test_event_without_waiter_is_buffered(account: str) -> None:
    async with TaskHub(settings(account)) as client:
        await client.create(instance_id="a", name="collect", input="2")
        await client.raise_event("a", "item", '"early"')
    async with at_work(settings(account), app()) as hub:
        await hub.raise_event("a", "other", "1")
        await hub.raise_event("a", "item", '"late"')
        assert await outcome(hub, "a") == ("Completed", '["early","late"]')


async def test_event_is_deferred_for_unknown_and_discarded_for_ended(
    account: str,
) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="hello")
        before = await ended(hub, "a")
        await hub.raise_event("a", "item", "1")
        await hub.raise_event("unknown", "item", "1")

        async def messages() -> dict[str, str]:
            client = hub.stores.storage.queues
            counted = {}
            for queue in hub.stores.queues.control:
                response = await client.call("GET", f"/{queue.name}", query={"comp": "metadata"})
                counted[queue.name] = response.headers["x-ms-approximate-messages-count"]
            return counted

        of_unknown = hub.stores.queues.control_queue("unknown").name
        counts = await until(messages, lambda m: sum(map(int, m.values())) == 1)
        assert counts[of_unknown] == "1"
        assert await hub.instance("unknown") is None
        assert await hub.instance("a") == before


async def test_child_refers_to_its_parent(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="p", name="parent_of", version="2", input='["hello",7]')
        assert await outcome(hub, "p") == ("Completed", '["Hello Tokyo!","Hello Seattle!"]')
        parent, child = await hub.history("p"), await hub.history("p:child")
        row = await hub.instance("p:child")

    start = next(e for e in child if e["EventType"] == EventType.ExecutionStarted)
    execution = parent[1]["OrchestrationInstance"]["ExecutionId"]
    assert start["ParentInstance"] == {
        "Name": "parent_of",
        "OrchestrationInstance": {"InstanceId": "p", "ExecutionId": execution},
        "TaskScheduleId": 0,
        "Version": "2",
    }
    assert row is not None
    assert (row.runtime_status, row.input, row.generation) == ("Completed", "7", 0)


async def test_failure_of_child_reaches_its_parent(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="p", name="parent_of", input='["boom",null]')
        assert await outcome(hub, "p") == (
            "Completed",
            '"caught: the activity failed on purpose"',
        )
        assert (await ended(hub, "p:child")).runtime_status == "Failed"


async def test_continue_as_new_resets_history_and_carries_events_over(
    account: str,
) -> None:
    async with TaskHub(settings(account)) as client:
        await client.create(instance_id="a", name="collect_as_new", input="[[],5]")
        for n in range(4):
            await client.raise_event("a", "item", str(n))
    async with at_work(settings(account), app()) as hub:
        first = await in_status(hub, "a", "Running")
        await hub.raise_event("a", "item", "4")
        instance = await ended(hub, "a")
        history = await hub.history("a")

    assert instance.output == "[0,1,2,3,4]"
    assert instance.execution_id != first.execution_id or first.input != "[[],5]"
    assert [EventType(e["EventType"]).name for e in history if e["EventType"] < 12] == [
        "ExecutionStarted",
        "ExecutionCompleted",
    ]


async def test_custom_status_is_visible_while_running(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="approval")
        instance = await in_status(hub, "a", "Running")
        assert instance.custom_status == '{"step":"waiting for approval"}'
        await hub.raise_event("a", "approve", '"yes"')
        assert await outcome(hub, "a") == ("Completed", '"yes"')


async def test_suspended_instance_keeps_events_until_resumed(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="collect", input="2")
        await in_status(hub, "a", "Running")
        await hub.suspend("a", "hold on")
        assert (await in_status(hub, "a", "Suspended")).output == "hold on"
        await hub.raise_event("a", "item", "1")
        await hub.raise_event("a", "item", "2")

        async def recorded() -> int:
            events = await hub.history("a")
            return sum(e["EventType"] == EventType.EventRaised for e in events)

        await until(recorded, lambda count: count == 2)
        assert (await in_status(hub, "a", "Suspended")).completed_at is None
        await hub.resume("a", "continue")
        assert await outcome(hub, "a") == ("Completed", "[1,2]")


async def test_terminating_parent_leaves_child_running(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="p", name="parent")
        await in_status(hub, "p:child", "Running")
        await hub.terminate("p", "operator request")
        assert await outcome(hub, "p") == ("Terminated", "operator request")
        await hub.raise_event("p:child", "approve", "1")
        assert await outcome(hub, "p:child") == ("Completed", "1")


async def test_scheduled_start_waits_and_can_be_terminated(
    account: str,
) -> None:
    later = datetime.now(UTC) + timedelta(seconds=8)
    executor = app()
    async with at_work(settings(account), executor) as hub:
        await hub.create(instance_id="a", name="hello", scheduled_at=later)
        await hub.create(instance_id="b", name="hello", scheduled_at=later)
        pending = await in_status(hub, "a", "Pending")
        assert pending.scheduled_start_at == later
        await hub.terminate("b", "not needed")
        assert await outcome(hub, "b") == ("Terminated", "not needed")
        finished = await ended(hub, "a")
        assert finished.last_updated_at >= later - timedelta(seconds=1)
        assert (await ended(hub, "b")).output == "not needed"
    assert "b" not in executor.episodes


async def test_id_can_be_reused_only_in_replaceable_status(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="approval", input="1")
        await in_status(hub, "a", "Running")
        with pytest.raises(InstanceExistsError) as rejected:
            await hub.create(instance_id="a", name="hello", replaceable=frozenset({"Completed"}))
        assert rejected.value.status == "Running"

        await hub.raise_event("a", "approve", "1")
        first = await ended(hub, "a")
        await hub.create(instance_id="a", name="hello", replaceable=frozenset({"Completed"}))
        second = await until(
            lambda: ended(hub, "a"), lambda i: i.execution_id != first.execution_id
        )
        history = await hub.history("a")

    assert (second.name, second.generation, second.input) == ("hello", 1, None)
    assert second.output == '["Hello Tokyo!","Hello Seattle!"]'
    assert {e["EventType"] for e in history} == {0, 1, 4, 5, 12, 13}


async def test_one_of_concurrent_starts_wins_and_runs_once(account: str) -> None:
    executor = app()
    async with at_work(settings(account), executor) as hub:
        starts = [hub.create(instance_id="a", name="echo", input=str(n)) for n in range(5)]
        results = await asyncio.gather(*starts, return_exceptions=True)
        rejected = [r for r in results if isinstance(r, InstanceExistsError)]
        won = next(n for n, result in enumerate(results) if result is None)
        assert len(rejected) == 4
        assert await outcome(hub, "a") == ("Completed", str(won))
    assert executor.episodes == ["a"]


async def test_rejected_version_waits_without_loss(account: str) -> None:
    executor = app()
    executor.rejected_versions = frozenset({"2"})
    async with at_work(settings(account), executor) as hub:
        await hub.create(instance_id="a", name="hello", version="2")
        await until(_episode_count(executor), lambda count: count >= 2)
        assert (await in_status(hub, "a", "Pending")).version == "2"
        executor.rejected_versions = frozenset()
        assert (await ended(hub, "a")).runtime_status == "Completed"


async def test_signal_starts_entity(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        amounts = json.dumps({"entity": "@counter@a", "amounts": [2, 3]})
        await hub.create(instance_id="a", name="counts", input=amounts)
        await hub.raise_event("@counter@a", "op", '{"op":"add","input":"4"}')

        async def state() -> str | None:
            entity = await hub.instance("@counter@a")
            return entity.input if entity else None

        assert await until(state, lambda s: s and '"9"' in s) == '{"state":"9","sorter":{}}'
        entity = await hub.instance("@counter@a")

    assert entity is not None
    assert (entity.name, entity.version, entity.runtime_status) == ("@counter@a", "", "Running")
    assert entity.custom_status == '{"entityExists":true}'


async def test_delayed_signal_waits_until_due(account: str) -> None:
    due = datetime.now(UTC) + timedelta(seconds=3)
    async with at_work(settings(account), app()) as hub:
        await hub.raise_event("@counter@a", f"op@{due.isoformat()}", '{"op":"add","input":"4"}')
        entity = await in_status(hub, "@counter@a", "Running")
    assert entity.last_updated_at >= due - timedelta(seconds=1)


def _episode_count(executor: Replayer) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        return len(executor.episodes)

    return count
