"""What the drain probe sees in what the real engine left, and what is left of a removed hub."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.hub import StorageHub
from router.domain.model import BlockerKind, Drain, HubReading, QueueReading, Verdict
from router.lines.drain_rules import DrainPolicy, judge
from tests.contract.azure.hub_scene import Opened, shared_hub
from tests.contract.azure.recordings import loaded

POLICY = DrainPolicy(timedelta(minutes=5), timedelta(seconds=30), timedelta(minutes=1))
LATER = timedelta(minutes=10)
DRAINED = {
    # whether the hub Line1x0 is drained, as the recordings' own table says
    "01": True,
    "02": False,
    "03": False,
    "04": False,
    "05": False,
    "06": False,
    "07": False,
    "08": True,
    "09": True,
    "10": True,
    "11": True,
}


def judged(reading: HubReading) -> Drain:
    """The judgement after two such readings, far enough apart."""
    long_ago = reading.read_at - timedelta(days=1)
    first = judge(reading, None, POLICY, reading.read_at, counts_from=long_ago)
    again = replace(reading, read_at=reading.read_at + LATER)
    return judge(again, first, POLICY, again.read_at, counts_from=long_ago)


@pytest.mark.parametrize("step", DRAINED)
async def test_every_recorded_step_gets_its_verdict(
    azurite: Azurite, opened: Opened, step: str
) -> None:
    accounts = await loaded(azurite, step)
    hub = shared_hub(opened(accounts["line10"]), opened(accounts["tracking"]))
    reading = await hub.read("Line1x0", 4)
    assert reading.problems == ()
    assert judged(reading).verdict is (Verdict.DRAINED if DRAINED[step] else Verdict.BUSY)


async def test_what_was_queued_for_instances_without_a_row_is_seen(
    azurite: Azurite, opened: Opened
) -> None:
    accounts = await loaded(azurite, "04")
    hub = shared_hub(opened(accounts["line10"]), opened(accounts["tracking"]))
    tracking = opened(accounts["tracking"]).tables.get_table_client("SharedInstances")
    async for row in tracking.list_entities():
        await tracking.delete_entity(row)
    reading = await hub.read("Line1x0", 4)
    assert reading.unfinished == ()
    assert reading.queues == (
        QueueReading("line1x0-control-00", 3, visible=True),
        QueueReading("line1x0-control-01", 0, visible=False),
        QueueReading("line1x0-control-02", 3, visible=True),
        QueueReading("line1x0-control-03", 5, visible=True),
        QueueReading("line1x0-workitems", 1, visible=False, activities=True),
    )
    assert {blocker.kind for blocker in judged(reading).blockers} == {BlockerKind.MESSAGE}


async def test_a_hub_that_the_engine_deleted_is_unreadable_not_drained(
    azurite: Azurite, opened: Opened
) -> None:
    accounts = await loaded(azurite, "13")
    hub = shared_hub(opened(accounts["line10"]), opened(accounts["tracking"]))
    reading = await hub.read("Line1x0", 4)
    assert reading.problems == (
        "queue line1x0-control-00 is missing",
        "queue line1x0-control-01 is missing",
        "queue line1x0-control-02 is missing",
        "queue line1x0-control-03 is missing",
        "queue line1x0-workitems is missing",
        "table SharedInstances cannot be read: TableNotFound",
    )
    assert judged(reading).verdict is Verdict.UNKNOWN


async def test_storage_that_is_down_makes_a_partial_reading(opened: Opened) -> None:
    down = opened(Azurite(free_ports(3)).connection("account001"))
    reading = await shared_hub(down, down).read("Line1x0", 4, "wait-1")
    assert reading.problems == ("table SharedInstances cannot be read: it could not be reached",)
    assert not reading.complete


@pytest.mark.parametrize("step", ["30", "31"])
async def test_a_hub_in_one_account_is_read_as_well(
    azurite: Azurite, opened: Opened, step: str
) -> None:
    solo = opened((await loaded(azurite, step))["solo"])
    name = {"30": "SoloHub", "31": "OldHub"}[step]
    reading = await StorageHub(solo, solo, name).read(name, 4)
    assert judged(reading).verdict is Verdict.BUSY


async def test_while_the_witness_is_unfinished_one_point_read_is_all(
    in_flight: tuple[Storage, Storage], opened: Opened
) -> None:
    _, tracking = in_flight
    nothing_else = opened(Azurite(free_ports(3)).connection("account001"))
    reading = await shared_hub(nothing_else, tracking).read("Line1x0", 4, "wait-1")
    [blocker] = reading.unfinished
    assert (blocker.instance_id, blocker.name, blocker.runtime_status) == (
        "wait-1",
        "approval",
        "Running",
    )
    assert reading.complete


@pytest.mark.parametrize("ended", ["done-1", "no-such-instance", "new-wait"])
async def test_a_witness_that_ended_or_is_anothers_is_followed_by_a_full_reading(
    in_flight: tuple[Storage, Storage], ended: str
) -> None:
    reading = await shared_hub(*in_flight).read("Line1x0", 4, ended)
    [blocker] = reading.unfinished
    assert blocker.instance_id not in (ended, "@counter@a")
    assert len(reading.queues) == 5


@pytest.mark.parametrize(
    ("columns", "is_work"),
    [
        ({"CustomStatus": '{"entityExists":true}', "Input": "{}"}, False),
        ({"CustomStatus": "{}", "Input": '{"state":"5","sorter":{}}'}, False),
        ({"CustomStatus": '{"entityExists":true,"queueSize":2}'}, True),
        ({"CustomStatus": '{"entityExists":true,"backlogQueueSize":1}'}, True),
        ({"CustomStatus": '{"entityExists":true,"lockedBy":"order-7"}'}, True),
        ({"CustomStatus": "null", "Input": '{"exists":true,"queue":[{"op":"add"}]}'}, True),
        ({"CustomStatus": "null", "Input": '{"exists":true,"lockedBy":"order-7"}'}, True),
        ({"Input": '{"exists":true,"queue":[]}'}, False),
    ],
)
async def test_an_entity_is_work_only_while_it_says_so(
    azurite: Azurite, opened: Opened, columns: dict[str, str], is_work: bool
) -> None:
    accounts = await loaded(azurite, "08")
    tracking = opened(accounts["tracking"])
    table = tracking.tables.get_table_client("SharedInstances")
    entity = await table.get_entity("@counter@a", "")
    kept = {name: entity[name] for name in entity if name not in ("CustomStatus", "Input")}
    await table.upsert_entity(kept | columns, mode="replace")
    reading = await shared_hub(opened(accounts["line10"]), tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == (["@counter@a"] if is_work else [])


async def test_an_orchestration_whose_id_looks_like_an_entitys_is_work(
    azurite: Azurite, opened: Opened
) -> None:
    accounts = await loaded(azurite, "08")
    tracking = opened(accounts["tracking"])
    table = tracking.tables.get_table_client("SharedInstances")
    entity = await table.get_entity("@counter@a", "")
    await table.upsert_entity({**entity, "PartitionKey": "@at", "Name": "order"})
    reading = await shared_hub(opened(accounts["line10"]), tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == ["@at"]


async def test_the_one_witness_is_found_behind_more_idle_entities_than_a_page_holds(
    azurite: Azurite, opened: Opened
) -> None:
    accounts = await loaded(azurite, "08")
    tracking = opened(accounts["tracking"])
    table = tracking.tables.get_table_client("SharedInstances")
    entity = dict(await table.get_entity("@counter@a", ""))
    names = [f"@counter@{number:04}" for number in range(1001)]
    idle = (entity | {"PartitionKey": name, "Name": name} for name in names)
    await asyncio.gather(*(table.upsert_entity(each) for each in idle))
    await table.upsert_entity(
        entity | {"PartitionKey": "z^3last", "Name": "order", "RuntimeStatus": "Suspended"}
    )
    reading = await shared_hub(opened(accounts["line10"]), tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == ["z?last"]
