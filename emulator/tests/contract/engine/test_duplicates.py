"""Duplicates, as after a crash between a step and its commit, have one effect."""

from dataclasses import replace

import pytest

from emulator.engine.hub import TaskHub
from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model import event, timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.stores.history_table import History
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import (
    assert_every_step_once,
    at_work,
    ended,
    in_status,
    messages,
    outcome,
    settings,
    until,
)


async def test_duplicate_message_has_one_effect(account: str) -> None:
    async with TaskHub(settings(account)) as client:
        await client.create(instance_id="a", name="hello")
        queue = client.stores.queues.control_queue("a")
        [start] = await queue.receive()
        await queue.send(start.text)
        await queue.hide(start, 0)
    executor = app()
    async with at_work(settings(account), executor) as hub:
        assert (await ended(hub, "a")).runtime_status == "Completed"
        assert_every_step_once(await hub.history("a"))
        assert executor.episodes == ["a"] * 3


@pytest.mark.parametrize(
    ("name", "input_", "answer"),
    [
        ("hello", None, event.make(EventType.TaskCompleted, TaskScheduledId=0, Result='"Hi!"')),
        ("sleeper", "1", event.make(EventType.TimerFired, TimerId=0, FireAt=timestamps.now())),
        (
            "parent_of",
            '["hello",null]',
            event.make(
                EventType.SubOrchestrationInstanceCompleted, TaskScheduledId=0, Result='"child"'
            ),
        ),
    ],
)
async def test_answers_to_uncommitted_start_count_once(
    account: str, name: str, input_: str | None, answer: Event
) -> None:
    """Two crashes, each between sending and committing, lead to duplicate answers.

    The start is then received together with the answers.
    """
    async with TaskHub(settings(account)) as client:
        await client.create(instance_id="a", name=name, input=input_)
        start = await client.instance("a")
        assert start is not None
        me = Address("a", start.execution_id)
        for _ in range(2):
            await client.stores.queues.send(Message(answer, me, me, 1))
    async with at_work(settings(account), app()) as hub:
        assert (await ended(hub, "a")).runtime_status == "Completed"
        assert_every_step_once(await hub.history("a"))


async def test_repeated_answer_is_discarded(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="retrying")
        await until(lambda: hub.history("a"), lambda events: len(events) == 8)
        before = await hub.history("a")
        [failed] = [e for e in before if e["EventType"] == EventType.TaskFailed]
        row = await hub.instance("a")
        assert row is not None
        me, queue = Address("a", row.execution_id), hub.stores.queues.control_queue("a")
        for _ in range(2):
            await hub.stores.queues.send(Message(failed, me, me, 1))
        await until(messages(hub, queue.name), lambda count: count == 1)  # the timer's
        assert await hub.history("a") == before


async def test_redelivered_start_does_not_restart_later_generation(
    account: str,
) -> None:
    """A crash between a child's commit and the deletion of its start leads to redelivery."""
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="p", name="parent_of", input='["collect_as_new",[[],2]]')
        await in_status(hub, "p:child", "Running")
        [start] = [e for e in await hub.history("p:child") if "ParentInstance" in e]
        first = Address("p:child", start["OrchestrationInstance"]["ExecutionId"])
        await hub.raise_event("p:child", "item", "0")

        async def generation() -> str | None:
            child = await hub.instance("p:child")
            return child.execution_id if child else None

        await until(generation, lambda execution_id: execution_id != first.execution_id)
        await hub.stores.queues.send(Message({**start, "ScheduledStartTime": None}, first))
        queue = hub.stores.queues.control_queue("p:child")
        await until(messages(hub, queue.name), lambda count: count == 0)
        await hub.raise_event("p:child", "item", "1")
        assert await outcome(hub, "p") == ("Completed", "[0,1]")


async def test_stale_cache_does_not_discard_answer(
    account: str,
) -> None:
    """A worker that loses its partition still finishes its episode.

    The new owner may have cached the history before that episode.
    """
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="slow", input="1")
        cache = hub.stores.history_cache

        async def cached() -> History | None:
            return cache.get("a")

        current = await until(cached, lambda history: history is not None)
        assert current is not None
        kinds = [EventType(each["EventType"]) for each in current.events]
        scheduled = kinds.index(EventType.TaskScheduled)
        cache.put("a", replace(current, events=current.events[:scheduled], etag="older"))
        assert await outcome(hub, "a") == ("Completed", '"awake"')
        assert_every_step_once(await hub.history("a"))
