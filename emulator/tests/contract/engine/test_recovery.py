"""Recovery when workers are killed, stopped or compete."""

import asyncio
import contextlib
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.engine.hub import TaskHub
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Episode, EpisodeOutcome
from emulator.engine.storage.table import Write
from emulator.tests.contract.engine.app import ORCHESTRATORS, app, counter
from emulator.tests.contract.engine.hubs import (
    assert_every_step_once,
    at_work,
    ended,
    in_status,
    outcome,
    settings,
    until,
)
from emulator.tests.contract.engine.replayer import Replayer
from harness.azurite import Azurite

ROOT = Path(__file__).parents[4]


class SlowEntities(Replayer):
    """Runs the operations of entities so slowly that two workers meet."""

    def __init__(self) -> None:
        super().__init__(ORCHESTRATORS, {}, {"counter": counter})
        self.operations = 0

    async def run_episode(self, episode: Episode) -> EpisodeOutcome:
        received = sum(e["EventType"] == EventType.EventRaised for e in episode.new)
        self.operations += received
        await asyncio.sleep(0.5 * received)
        return await super().run_episode(episode)


@contextlib.asynccontextmanager
async def worker(account: str, name: str = "worker-1") -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker process and kill it at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator.tests.contract.engine.worker_process", account, name),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"working\n"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_repeated_kills_lose_and_repeat_no_step(
    account: str,
) -> None:
    ids = [f"chain-{n}" for n in range(20)]
    parents = [f"parent-{n}" for n in range(5)]
    async with TaskHub(settings(account)) as client:
        for instance_id in ids:
            await client.create(instance_id=instance_id, name="hello")
        for instance_id in parents:
            await client.create(
                instance_id=instance_id, name="parent_of", input='["collect_as_new",[[],2]]'
            )
            for n in range(2):
                await client.raise_event(f"{instance_id}:child", "item", str(n))
        kills = random.Random(7)
        for _ in range(6):
            async with worker(account):
                await asyncio.sleep(kills.uniform(0.05, 0.6))
        async with worker(account):
            for instance_id in ids:
                assert await outcome(client, instance_id) == (
                    "Completed",
                    '["Hello Tokyo!","Hello Seattle!"]',
                )
            for instance_id in parents:
                for n in range(2):
                    await client.raise_event(f"{instance_id}:child", "item", str(n))
                assert (await ended(client, instance_id)).runtime_status == "Completed"
        for instance_id in (*ids, *parents):
            assert_every_step_once(await client.history(instance_id))


async def test_killed_activity_runs_again(account: str) -> None:
    async with TaskHub(settings(account)) as client:
        async with worker(account):
            await client.create(instance_id="a", name="slow", input="2")
            await in_status(client, "a", "Running")
            await until(_visible_work(client), lambda count: count == 0)
        assert (await in_status(client, "a", "Running")).output is None
        async with worker(account):
            assert await outcome(client, "a") == ("Completed", '"awake"')


async def test_other_worker_takes_over_from_killed_one(account: str) -> None:
    async with TaskHub(settings(account)) as client:
        async with worker(account, "worker-1"):
            await client.create(instance_id="a", name="approval")
            await in_status(client, "a", "Running")
        async with worker(account, "worker-2"):
            await client.raise_event("a", "approve", "1")
            assert await outcome(client, "a") == ("Completed", "1")
            await until(lambda: _owners(client), lambda names: names == ["worker-2"] * 4)


async def test_idle_worker_that_stops_returns_partitions_at_once(account: str) -> None:
    async with TaskHub(settings(account)) as client:
        async with worker(account, "worker-1") as process:
            await client.create(instance_id="b", name="approval")
            await in_status(client, "b", "Running")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert await _partitions(client) == [(None, False)] * 4


async def test_stopping_worker_leaves_activity_to_the_timeout(account: str) -> None:
    """The partitions keep their owner too, so that the same worker has them at once."""
    async with TaskHub(settings(account)) as client:
        async with worker(account, "worker-1") as process:
            await client.create(instance_id="a", name="slow", input="30")
            await in_status(client, "a", "Running")
            await until(_visible_work(client), lambda count: count == 0)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert await _partitions(client) == [("worker-1", True)] * 4
        assert await _visible_work(client)() == 0
        await until(_visible_work(client), lambda count: count == 1)
        async with worker(account, "worker-1"):
            await client.create(instance_id="b", name="hello")
            assert (await ended(client, "b")).runtime_status == "Completed"


async def test_two_workers_share_partitions_and_work(account: str) -> None:
    ids = [f"i-{n}" for n in range(30)]
    first, second = app(), app()
    async with (
        at_work(replace(settings(account), worker_name="one", lease_seconds=6), first) as client,
        at_work(replace(settings(account), worker_name="two", lease_seconds=6), second) as other,
    ):

        async def owners() -> list[str | None]:
            return await _owners(other)

        await until(owners, lambda names: Counter(names) == {"one": 2, "two": 2})
        await asyncio.gather(*(client.create(instance_id=i, name="hello") for i in ids))
        for instance_id in ids:
            assert (await ended(client, instance_id)).runtime_status == "Completed"
            assert_every_step_once(await client.history(instance_id))
    assert set(first.episodes) & set(second.episodes) == set()
    assert set(first.episodes) | set(second.episodes) == set(ids)


async def test_two_workers_on_one_partition_cause_no_damage(account: str) -> None:
    """After a pause so long that the lease was lost, the history's etag decides."""
    first, second = app(), app()
    ids = [f"i-{n}" for n in range(10)]
    async with (
        at_work(settings(account, worker_name="same"), first) as client,
        at_work(settings(account, worker_name="same"), second),
    ):
        await asyncio.gather(
            *(client.create(instance_id=i, name="collect", input="6") for i in ids)
        )
        for n in range(6):
            await asyncio.gather(*(client.raise_event(i, "item", str(n)) for i in ids))
        for instance_id in ids:
            instance = await ended(client, instance_id)
            assert instance.runtime_status == "Completed"
            assert sorted(instance.output or "") == sorted("[0,1,2,3,4,5]")


async def test_entity_operation_that_loses_a_race_runs_twice(azurite: Azurite) -> None:
    add = '{"op":"add","input":"1"}'
    tracking = azurite.account()
    workers = [SlowEntities(), SlowEntities()]
    hubs = [
        settings(
            azurite.account(),
            name=f"Line{number}",
            tracking_connection=tracking,
            tracking_prefix="Shared",
        )
        for number in range(2)
    ]
    async with at_work(hubs[0], workers[0]) as one, at_work(hubs[1], workers[1]) as other:
        await asyncio.gather(
            *(hub.raise_event("@counter@shared", "op", add) for hub in (one, other))
        )
        state = await until(
            lambda: one.instance("@counter@shared"),
            lambda row: row is not None and '"2"' in (row.input or ""),
        )
        assert state is not None
        assert sum(worker.operations for worker in workers) == 3


async def test_row_behind_its_history_is_repaired(account: str) -> None:
    """A crash between the commit and the row's update leaves such a row."""
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="approval")
        await in_status(hub, "a", "Running")
        before = await hub.stores.instances.row("a")
        await hub.raise_event("a", "approve", '"yes"')
        after = await ended(hub, "a")
    assert before is not None
    async with TaskHub(settings(account)) as client:
        table = client.stores.storage.table(client.settings.instances_table)
        await table.write(Write("PUT", before.row))
        assert await client.instance("a") != after
        queue = client.stores.queues.control_queue("a")
        await client.raise_event("a", "approve", '"yes"')
        [redelivered] = await queue.receive()
        await queue.hide(redelivered, 0)
    async with at_work(settings(account), app()) as hub:
        repaired = await ended(hub, "a")
    assert replace(repaired, completed_at=after.completed_at) == after


@pytest.mark.parametrize("other", ["app", "another"])
async def test_app_lease_keeps_other_app_from_hub(account: str, other: str) -> None:
    waiting = app()
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="approval")
        await in_status(hub, "a", "Running")
        second = settings(account, app_name=other, worker_name="second")
        async with at_work(second, waiting):
            if other == "app":

                async def owners() -> list[str | None]:
                    return await _owners(hub)

                await until(owners, lambda names: "second" in names)
            else:
                await hub.raise_event("a", "approve", "1")
                await ended(hub, "a")
                assert await _owners(hub) == ["app"] * 4
    if other == "another":
        assert waiting.episodes == []


def _visible_work(hub: TaskHub) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        path, query = f"/{hub.settings.workitem_queue}/messages", {"peekonly": "true"}
        response = await hub.stores.storage.queues.call("GET", path, query=query)
        return response.body.count(b"<QueueMessage>")

    return count


async def _owners(hub: TaskHub) -> list[str | None]:
    table = hub.stores.storage.table(hub.settings.partitions_table)
    return [stored.row.get("CurrentOwner") for stored in await table.query("")]


async def _partitions(hub: TaskHub) -> list[tuple[str | None, bool]]:
    table = hub.stores.storage.table(hub.settings.partitions_table)
    rows = [stored.row for stored in await table.query("")]
    return [(row.get("CurrentOwner"), row["IsDraining"]) for row in rows]
