"""Storage of instances, and how clients list, purge and rewind them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.engine.hub import HubSettings, TaskHub
from emulator.engine.model.event import EventType
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import at_work, ended, in_status, outcome, settings, until
from emulator.tests.contract.engine.replayer import Failure
from harness.azurite import Azurite
from harness.storage_dump import dump


async def test_opening_hub_creates_resources_once(
    account: str,
) -> None:
    async with TaskHub(settings(account)):
        first = await dump(account)
    async with TaskHub(settings(account)):
        assert await dump(account) == first
    names = [f"testhub-control-0{n}" for n in range(4)]
    assert sorted(first["queues"]) == [*names, "testhub-workitems"]
    assert sorted(first["tables"]) == ["TestHubHistory", "TestHubInstances", "TestHubPartitions"]
    rows = [{k: v for k, v in r.items() if k != "Timestamp"} for r in first["tables"].popitem()[1]]
    assert rows == [{"PartitionKey": "", "RowKey": name, "IsDraining": False} for name in names]


async def test_purge_deletes_one_instance_with_its_blobs(account: str) -> None:
    big = json.dumps("x" * 70_000)
    async with at_work(settings(account), app()) as hub:
        for instance_id in ("abc", "abcd"):
            await hub.create(instance_id=instance_id, name="echo", input=big)
            await ended(hub, instance_id)
        assert await hub.purge("abc") == 1
        assert await hub.purge("abc") == 0
        assert await hub.instance("abc") is None
        assert await hub.history("abc") == []
        assert await outcome(hub, "abcd") == ("Completed", big)
        remaining = await dump(account)
    assert {name.split("/")[0] for name in remaining["blobs"]["testhub-largemessages"]} == {"abcd"}
    assert {row["PartitionKey"] for row in remaining["tables"]["TestHubHistory"]} == {"abcd"}


async def test_purged_id_starts_from_scratch(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="fan", input="3")
        await ended(hub, "a")
        await hub.purge("a")
        await hub.create(instance_id="a", name="echo", input="1")
        instance = await ended(hub, "a")
        history = await hub.history("a")
    assert (instance.name, instance.generation, instance.output) == ("echo", 0, "1")
    assert [e["EventType"] for e in history] == [12, 0, 1, 13]


async def test_purge_deletes_all_of_a_long_history(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="fan", input="120")
        await ended(hub, "a")
        assert len(await hub.history("a")) > 240
        assert await hub.purge("a") == 1
    remaining = await dump(account)
    assert remaining["tables"]["TestHubHistory"] == []


async def test_purge_by_filter_respects_period_and_statuses(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="early", name="echo", input="1")
        await ended(hub, "early")
        since = datetime.now(UTC)
        await hub.create(instance_id="good", name="echo", input="1")
        await hub.create(instance_id="bad", name="boom")
        await hub.create(instance_id="open", name="approval")
        await asyncio.gather(
            ended(hub, "good"), ended(hub, "bad"), in_status(hub, "open", "Running")
        )
        assert await hub.purge_matching(since, None, ["Completed", "Running"]) == 1
        assert await _ids(hub) == ["bad", "early", "open"]
        assert await hub.purge_matching(since, datetime.now(UTC), ["Running"]) == 2
        assert await _ids(hub) == ["early"]


async def test_list_is_paged_and_filtered(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        for n in range(5):
            await hub.create(instance_id=f"x-{n}", name="echo", input=str(n))
            await ended(hub, f"x-{n}")
        middle = await hub.instance("x-2")
        assert middle is not None
        await hub.create(instance_id="y'1", name="approval")
        await in_status(hub, "y'1", "Running")

        pages = []
        token: str | None = None
        while True:
            page, token = await hub.instances(InstanceQuery(prefix="x", top=2, continuation=token))
            pages.append([i.instance_id for i in page])
            if token is None:
                break
        assert [i for page in pages for i in page] == [f"x-{n}" for n in range(5)]
        assert max(map(len, pages)) == 2
        assert await _ids(hub, statuses=("Running", "Pending")) == ["y'1"]
        assert await _ids(hub, prefix="y'") == ["y'1"]
        since = middle.created_at - timedelta(milliseconds=1)
        until_ = middle.created_at + timedelta(milliseconds=1)
        assert await _ids(hub, created_from=since, created_to=until_) == ["x-2"]


async def _ids(hub: TaskHub, **conditions: Any) -> list[str]:
    instances, _ = await hub.instances(InstanceQuery(**conditions))
    return [instance.instance_id for instance in instances]


async def test_failed_instance_continues_after_rewind(account: str) -> None:
    attempts: list[Any] = []

    async with at_work(settings(account), app(fails_first=_fails(1, attempts))) as hub:
        await hub.create(instance_id="a", name="rewindable", input="5")
        assert (await ended(hub, "a")).runtime_status == "Failed"
        await hub.rewind("a", "again")
        assert await _completed(hub, "a") == '["Hello before!",5]'
        history = await hub.history("a")
    rewound = [e for e in history if e["EventType"] == EventType.GenericEvent]
    assert [e.get("Reason", e["Data"]) for e in rewound] == [
        "Rewound: TaskScheduled",
        "Rewound: TaskFailed",
        "Rewound: ExecutionCompleted",
        "again",
    ]
    assert attempts == [5, 5]


async def test_rewound_parent_continues_after_its_child(account: str) -> None:
    attempts: list[Any] = []
    async with at_work(settings(account), app(fails_first=_fails(2, attempts))) as hub:
        await hub.create(instance_id="p", name="failing_parent", input="5")
        for _ in range(2):
            await until(lambda: ended(hub, "p"), lambda i: i.runtime_status == "Failed")
            await hub.rewind("p", "again")
        assert await _completed(hub, "p") == '["Hello before!",5]'
        created = [e for e in await hub.history("p") if e["EventType"] == 7]
    assert [e["Reason"] for e in created] == ["Rewound: SubOrchestrationInstanceCreated"]
    assert attempts == [5, 5, 5]


async def test_either_of_two_hubs_on_one_store_can_run_an_instance(
    azurite: Azurite,
) -> None:
    """As recorded in steps 20 to 22: only the uniqueness of its id protects an instance."""
    tracking = azurite.account()
    lines = [_line(n, azurite.account(), tracking) for n in range(2)]
    async with at_work(lines[0], app()) as old, at_work(lines[1], app()) as new:
        await old.create(instance_id="same", name="collect", input="1")
        await in_status(old, "same", "Running")
        await new.create(
            instance_id="same", name="collect", input="1", replaceable=frozenset({"Running"})
        )
        started = await _in_hub(new, "same", "Line1x1")
        await old.raise_event("same", "item", '"to the old one"')
        finished = await ended(old, "same")
        await new.raise_event("same", "item", '"to the new one"')

        async def queued() -> int:
            queues = (await dump(lines[1].queue_connection))["queues"].values()
            return sum(queue["approximateMessageCount"] for queue in queues)

        await until(queued, lambda count: count == 0)
        assert await new.instance("same") == finished
    assert (finished.task_hub, finished.output) == ("Line1x0", '["to the old one"]')
    assert (finished.execution_id, finished.generation) == (started.execution_id, 1)
    assert sorted((await dump(tracking))["tables"]) == [
        "Line1x0Partitions",
        "Line1x1Partitions",
        "SharedHistory",
        "SharedInstances",
    ]
    assert (await dump(lines[0].queue_connection))["tables"] == {}


def _line(number: int, queues: str, tracking: str) -> HubSettings:
    return HubSettings(
        f"Line1x{number}", queues, tracking, "Shared", app_name=f"line{number}", idle_poll_seconds=1
    )


async def _in_hub(hub: TaskHub, instance_id: str, name: str) -> Instance:
    return await until(lambda: in_status(hub, instance_id, "Running"), lambda i: i.task_hub == name)


async def _completed(hub: TaskHub, instance_id: str) -> str | None:
    return (await in_status(hub, instance_id, "Completed")).output


def _fails(times: int, attempts: list[Any]) -> Any:
    async def fails_first(value: Any) -> Any:
        attempts.append(value)
        if len(attempts) <= times:
            raise Failure(f"try {len(attempts)}")
        return value

    return fails_first
