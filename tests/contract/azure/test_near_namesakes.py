"""A hub is deleted alone although others have similar names and all ids are unusual."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest_asyncio

from harness.azurite import Azurite
from harness.storage_dump import Account, dump
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.hub.instance_removal import remove_instance
from router.domain.instance_id import escape
from router.ports import Purged
from tests.contract.azure.recordings import shared_hub

MINE, NEAR = "Orders1x1", ("Orders1x10", "Orders1x", "Orders1x1a")
ODD = ("it's 100%", "a/b", "a^b", "a\\b#c?d", "ü+ñ&x=1", "%41", "a", "1-1-order", "@counter@a")
"""Ids of every line. Some are prefixes of others once they are escaped."""


@dataclass(frozen=True)
class Lines:
    """One account with queues, rows and blobs of all these lines."""

    connection: str
    storage: Storage
    hub: StorageHub


@pytest_asyncio.fixture
async def lines(azurite: Azurite) -> AsyncIterator[Lines]:
    connection = azurite.account()
    storage = Storage(connection)
    for table in ("SharedInstances", "SharedHistory"):
        await storage.tables.create_table(table)
    for name in (MINE, *NEAR):
        await _filled(storage, name)
    yield Lines(connection, storage, shared_hub(storage, storage))
    await storage.close()


async def _filled(storage: Storage, hub: str) -> None:
    for queue in ("control-00", "control-01", "workitems"):
        await storage.queues.create_queue(f"{hub.lower()}-{queue}")
    await storage.tables.create_table(f"{hub}Partitions")
    for kind in ("applease", "largemessages"):
        await storage.blobs.create_container(f"{hub.lower()}-{kind}")
    for odd in ODD:
        await _instance(storage, hub, f"{odd} of {hub}")


async def _instance(storage: Storage, hub: str, instance_id: str) -> None:
    key = escape(instance_id)
    columns = {"TaskHubName": hub, "RuntimeStatus": "Completed", "CreatedTime": datetime.now(UTC)}
    instances = storage.tables.get_table_client("SharedInstances")
    await instances.create_entity({"PartitionKey": key, "RowKey": "", **columns})
    history = storage.tables.get_table_client("SharedHistory")
    events = ("0000000000000000", "0000000000000001", "sentinel")
    rows = [("create", {"PartitionKey": key, "RowKey": event}) for event in events]
    await history.submit_transaction(rows)
    large = storage.blobs.get_container_client(f"{hub.lower()}-largemessages")
    await large.upload_blob(f"{key}/history-1-Input.json.gz", gzip.compress(b"1"))


def without(account: Account, keys: set[str]) -> Account:
    tables = {
        name: [row for row in rows if row["PartitionKey"] not in keys]
        for name, rows in account["tables"].items()
    }
    return account | {"tables": tables}


def mine(account: Account) -> set[str]:
    rows = account["tables"]["SharedInstances"]
    return {row["PartitionKey"] for row in rows if row["TaskHubName"] == MINE}


async def test_only_the_named_hub_is_deleted(lines: Lines) -> None:
    before = await dump(lines.connection)
    await lines.hub.delete(MINE, "orders-1-1")
    after = await dump(lines.connection)
    own = ("orders1x1-control-00", "orders1x1-control-01", "orders1x1-workitems")
    assert after["queues"] == {n: q for n, q in before["queues"].items() if n not in own}
    assert after["blobs"] == {n: b for n, b in before["blobs"].items() if n != "orders1x1-applease"}
    gone = f"{MINE}Partitions"
    assert after["tables"] == {n: t for n, t in before["tables"].items() if n != gone}
    assert len(after["queues"]) == 3 * len(NEAR)


async def test_only_rows_and_messages_of_the_named_hub_are_deleted(lines: Lines) -> None:
    before = await dump(lines.connection)
    keys = mine(before)
    assert len(keys) == len(ODD)
    assert await lines.hub.delete_rows(MINE) == Purged(0)
    assert await dump(lines.connection) == without(before, keys)
    await lines.hub.delete_large_messages(MINE)
    blobs = {n: b for n, b in before["blobs"].items() if n != "orders1x1-largemessages"}
    assert await dump(lines.connection) == without(before, keys) | {"blobs": blobs}


async def test_history_without_its_instance_is_kept(lines: Lines) -> None:
    """Without a row of Instances it may belong to an instance that is about to start."""
    key = escape(f"a^b of {MINE}")
    instances = lines.storage.tables.get_table_client("SharedInstances")
    await instances.delete_entity(key, "")
    before = await dump(lines.connection)
    assert await lines.hub.delete_rows(MINE) == Purged(0)
    after = await dump(lines.connection)
    assert after == without(before, mine(before))
    orphans = [row for row in after["tables"]["SharedHistory"] if row["PartitionKey"] == key]
    assert len(orphans) == 3


async def test_instance_purged_during_removal_is_left_alone(
    lines: Lines,
) -> None:
    key = escape(f"a/b of {MINE}")
    instances = lines.storage.tables.get_table_client("SharedInstances")
    history = lines.storage.tables.get_table_client("SharedHistory")
    row = await instances.get_entity(key, "")
    await instances.delete_entity(key, "")
    before = await dump(lines.connection)
    assert await remove_instance(instances, history, row) is False
    assert await dump(lines.connection) == before
    assert await lines.hub.delete_rows(MINE) == Purged(0)  # nothing of it is left to delete
