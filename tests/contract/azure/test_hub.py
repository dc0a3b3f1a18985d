"""The drain probe reads accounts as the real engine left them."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub import StorageHub
from router.domain.model import BlockerKind, Drain, HubReading, QueueReading, Verdict
from router.draining.drain_rules import DrainPolicy, judge
from tests.contract.azure.recordings import Open, loaded, shared_hub
from tests.fakes.flaky_storage import flaky_storage

POLICY = DrainPolicy(timedelta(minutes=5), timedelta(seconds=30), timedelta(minutes=1))
LATER = timedelta(minutes=10)
DRAINED = {
    # whether the hub Line1x0 is drained, from the table of the recordings
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
    """Return the judgement after two such readings, far enough apart."""
    long_ago = reading.read_at - timedelta(days=1)
    first = judge(reading, None, POLICY, reading.read_at, counts_from=long_ago)
    again = replace(reading, read_at=reading.read_at + LATER)
    return judge(again, first, POLICY, again.read_at, counts_from=long_ago)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def finished(azurite: Azurite) -> tuple[str, str]:
    """Return the lines' and the tracking account with all of line 1.0 finished."""
    accounts = await loaded(azurite, "08")
    return accounts["line10"], accounts["tracking"]


@pytest.mark.parametrize("step", DRAINED)
async def test_recorded_step_gets_its_verdict(
    azurite: Azurite, open_account: Open, step: str
) -> None:
    accounts = await loaded(azurite, step)
    hub = shared_hub(open_account(accounts["line10"]), open_account(accounts["tracking"]))
    reading = await hub.read("Line1x0", 4)
    assert reading.problems == ()
    assert judged(reading).verdict is (Verdict.DRAINED if DRAINED[step] else Verdict.BUSY)


async def test_queued_messages_without_instance_rows_are_blockers(
    azurite: Azurite, open_account: Open
) -> None:
    accounts = await loaded(azurite, "04")
    hub = shared_hub(open_account(accounts["line10"]), open_account(accounts["tracking"]))
    tracking = open_account(accounts["tracking"]).tables.get_table_client("SharedInstances")
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


async def test_deleted_hub_is_unreadable_not_drained(azurite: Azurite, open_account: Open) -> None:
    accounts = await loaded(azurite, "13")
    hub = shared_hub(open_account(accounts["line10"]), open_account(accounts["tracking"]))
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


async def test_reading_is_partial_while_storage_is_down(open_account: Open) -> None:
    down = open_account(Azurite(free_ports(3)).connection("account001"))
    reading = await shared_hub(down, down).read("Line1x0", 4, "wait-1")
    assert reading.problems == ("table SharedInstances cannot be read: it could not be reached",)
    assert not reading.complete


@pytest.mark.parametrize("step", ["30", "31"])
async def test_hub_in_one_account_is_read(azurite: Azurite, open_account: Open, step: str) -> None:
    solo = open_account((await loaded(azurite, step))["solo"])
    name = {"30": "SoloHub", "31": "OldHub"}[step]
    reading = await StorageHub(solo, solo, name).read(name, 4)
    assert judged(reading).verdict is Verdict.BUSY


async def test_unfinished_blocker_takes_one_point_read(
    in_flight: tuple[Storage, Storage], open_account: Open
) -> None:
    _, tracking = in_flight
    nothing_else = open_account(Azurite(free_ports(3)).connection("account001"))
    reading = await shared_hub(nothing_else, tracking).read("Line1x0", 4, "wait-1")
    [blocker] = reading.unfinished
    assert (blocker.instance_id, blocker.name, blocker.runtime_status) == (
        "wait-1",
        "approval",
        "Running",
    )
    assert reading.complete


@pytest.mark.parametrize("ended", ["done-1", "no-such-instance", "new-wait"])
async def test_ended_or_moved_blocker_is_followed_by_a_full_reading(
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
async def test_entity_is_work_only_while_its_state_says_so(
    finished: tuple[str, str], open_account: Open, columns: dict[str, str], is_work: bool
) -> None:
    lines, tracking = map(open_account, finished)
    table = tracking.tables.get_table_client("SharedInstances")
    entity = await table.get_entity("@counter@a", "")
    kept = {name: entity[name] for name in entity if name not in ("CustomStatus", "Input")}
    await table.upsert_entity(kept | columns, mode="replace")
    reading = await shared_hub(lines, tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == (["@counter@a"] if is_work else [])


async def test_orchestration_with_an_entity_like_id_is_work(
    azurite: Azurite, open_account: Open
) -> None:
    accounts = await loaded(azurite, "08")
    tracking = open_account(accounts["tracking"])
    table = tracking.tables.get_table_client("SharedInstances")
    entity = await table.get_entity("@counter@a", "")
    await table.upsert_entity({**entity, "PartitionKey": "@at", "Name": "order"})
    reading = await shared_hub(open_account(accounts["line10"]), tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == ["@at"]


async def test_blocker_behind_a_page_of_idle_entities_is_found(
    azurite: Azurite, open_account: Open
) -> None:
    accounts = await loaded(azurite, "08")
    table = open_account(accounts["tracking"]).tables.get_table_client("SharedInstances")
    entity = dict(await table.get_entity("@counter@a", ""))
    for number in range(3):
        name = f"@counter@{number:04}"
        await table.upsert_entity(entity | {"PartitionKey": name, "Name": name})
    await table.upsert_entity(
        entity | {"PartitionKey": "z^3last", "Name": "order", "RuntimeStatus": "Suspended"}
    )
    async with flaky_storage(accounts["tracking"]) as proxied:
        proxied.proxies["Table"].page = 2  # rows. Azure's pages have 1,000
        lines, tracking = open_account(accounts["line10"]), open_account(proxied.connection)
        reading = await shared_hub(lines, tracking).read("Line1x0", 4)
    assert [each.instance_id for each in reading.unfinished] == ["z?last"]
