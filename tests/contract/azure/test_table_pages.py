"""Long tables are read and emptied in slices, each of which continues where the last one ended."""

from datetime import UTC, datetime

import pytest

from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.table_pages import Slice
from router.domain.model import Claim, HubReading
from router.domain.version import LineId
from router.ports import Purged

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHERS = "Mine1x0", "Mine1x1"
AT_ONCE = Slice(seconds=0, page=2)


@pytest.fixture
async def hub(storage: Storage) -> StorageHub:
    """A hub of which the last of many instances is unfinished, among those of another hub."""
    instances = await storage.tables.create_table_if_not_exists("SlicedInstances")
    await storage.tables.create_table_if_not_exists("SlicedHistory")
    for number in range(12):
        status = "Running" if number == 10 else "Completed"
        row = {"PartitionKey": f"order-{number:02}", "RowKey": "", "RuntimeStatus": status}
        owner = MINE if number % 2 == 0 else OTHERS
        columns = {"TaskHubName": owner, "Name": "order", "CreatedTime": NOON}
        await instances.upsert_entity(row | columns)
    await storage.queues.get_queue_client("mine1x0-control-00").create_queue()
    await storage.queues.get_queue_client("mine1x0-workitems").create_queue()
    return StorageHub(storage, storage, "Sliced", AT_ONCE)


async def read_on(hub: StorageHub, task_hub: str) -> list[HubReading]:
    readings = [await hub.read(task_hub, 1)]
    while (cursor := readings[-1].cursor) is not None:
        readings.append(await hub.read(task_hub, 1, None, cursor))
    return readings


async def delete_on(hub: StorageHub) -> list[Purged]:
    purged = [await hub.delete_rows(MINE)]
    while purged[-1].cursor is not None:
        purged.append(await hub.delete_rows(MINE, purged[-1].cursor))
    return purged


async def test_instances_and_claims_are_read_in_slices(hub: StorageHub, storage: Storage) -> None:
    *partial, last = await read_on(hub, MINE)
    assert [each.instance_id for each in last.unfinished] == ["order-10"]
    assert not any(each.complete or each.unfinished for each in partial)
    assert [each.instance_id for each in await hub.unfinished(MINE, "order-10")] == ["order-10"]
    assert await hub.unfinished(MINE, "order-11") == []

    purged = await delete_on(hub)
    assert len(purged) > 1
    assert purged[-1] == Purged(0, unfinished=1)
    *_, last = await read_on(hub, MINE)
    assert [each.instance_id for each in last.unfinished] == ["order-10"]
    instances = storage.tables.get_table_client("SlicedInstances")
    left = [row["TaskHubName"] async for row in instances.list_entities()]
    assert sorted(left) == sorted([OTHERS] * 6 + [MINE])


async def test_claims_of_a_line_are_listed_in_slices(storage: Storage) -> None:
    catalog = TableCatalog(storage, "slicedcatalog", AT_ONCE)
    for number in range(7):
        line = LineId(1, number % 2)
        await catalog.add_claim(Claim(f"order-{number}", line, NOON))
    page = await catalog.claims(LineId(1, 0))
    found = list(page.claims)
    while page.cursor is not None:
        page = await catalog.claims(LineId(1, 0), page.cursor)
        found += page.claims
    assert [claim.instance_id for claim in found] == ["order-0", "order-2", "order-4", "order-6"]
