"""Exactly the intended instances are removed, despite concurrent writers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableClient

from harness.azurite import Azurite
from harness.free_ports import free_ports
from harness.storage_dump import Account, dump
from router.azure.storage.account import Storage
from router.azure.storage.hub.instance_removal import remove_instance
from router.azure.storage.hub.tracking import TableTracking
from router.domain.errors import Unreadable
from router.domain.instance_status import ENDED
from router.ports import Purged
from tests.contract.azure.recordings import Open, loaded, shared_hub

LARGE = "line1x0-largemessages"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(azurite: Azurite) -> str:
    """Return an account like `connection` that is loaded once, for tests that change nothing."""
    return (await loaded(azurite, "05", history=True))["tracking"]


@pytest_asyncio.fixture
async def connection(azurite: Azurite) -> str:
    """Return an account with two lines' instances in all states."""
    return (await loaded(azurite, "05", history=True))["tracking"]


@pytest_asyncio.fixture
async def account(connection: str) -> AsyncIterator[Storage]:
    storage = Storage(connection)
    yield storage
    await storage.close()


def of_hub(account: Account, hub: str, *, ended: bool = True) -> set[str]:
    """Return the ids of a hub's instances that have ended or not. An entity counts as ended."""
    return {
        row["PartitionKey"]
        for row in account["tables"]["SharedInstances"]
        if row["TaskHubName"] == hub
        and ended == (row["RuntimeStatus"] in ENDED or row["PartitionKey"].startswith("@"))
    }


def without(account: Account, keys: set[str]) -> Account:
    """Return the account without the rows of these instances."""
    shared = ("SharedInstances", "SharedHistory")
    tables = {
        name: [row for row in rows if name not in shared or row["PartitionKey"] not in keys]
        for name, rows in account["tables"].items()
    }
    return account | {"tables": tables}


async def test_rows_of_one_hub_are_deleted_and_nothing_else(
    connection: str, account: Storage
) -> None:
    before = await dump(connection)
    mine = of_hub(before, "Line1x0")
    assert len(mine) > 3
    assert of_hub(before, "Line1x1")
    kept = len(of_hub(before, "Line1x0", ended=False))
    hub = shared_hub(account, account)

    assert await hub.delete_rows("Line1x0") == Purged(0, unfinished=kept)
    assert await dump(connection) == without(before, mine)
    assert await hub.delete_rows("Line1x0") == Purged(0, unfinished=kept)
    assert await dump(connection) == without(before, mine)


async def test_rows_changed_since_the_retirement_are_spared(
    connection: str, account: Storage
) -> None:
    before = await dump(connection)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    hub = shared_hub(account, account)
    assert await hub.delete_rows("Line1x0", before=long_ago) == Purged(0)
    assert await dump(connection) == before


async def test_large_messages_of_one_hub_are_deleted(connection: str, account: Storage) -> None:
    before = await dump(connection)
    hub = shared_hub(account, account)
    await account.blobs.create_container(f"{LARGE}2")

    await hub.delete_large_messages("Line1x0")
    await hub.delete_large_messages("Line1x0")

    left = {name: content for name, content in before["blobs"].items() if name != LARGE}
    assert left != before["blobs"]
    assert await dump(connection) == before | {"blobs": left | {f"{LARGE}2": {}}}


async def test_history_of_several_batches_is_deleted(connection: str, account: Storage) -> None:
    name = min(of_hub(await dump(connection), "Line1x0"))
    history = account.tables.get_table_client("SharedHistory")
    for batch in range(3):
        rows = ({"PartitionKey": name, "RowKey": f"f{batch}{n:03}"} for n in range(90))
        await history.submit_transaction([("upsert", row) for row in rows])
    assert (await shared_hub(account, account).delete_rows("Line1x0")).changed == 0
    after = await dump(connection)
    assert not [row for row in after["tables"]["SharedHistory"] if row["PartitionKey"] == name]


async def test_instance_taken_over_by_another_line_is_kept(
    connection: str, account: Storage
) -> None:
    instances, history = tables(account)
    row = await instances.get_entity("susp-1", "")
    await take_over(instances, history)
    taken = await dump(connection)
    assert await remove_instance(instances, history, row) is False
    assert await dump(connection) == taken


class TakenOverAfterRead:
    """A table of instances whose id another line takes over right after it is read."""

    def __init__(self, instances: TableClient, history: TableClient) -> None:
        self._tables = instances, history

    async def get_entity(self, *keys: str, **options: Any) -> Any:
        found = await self._tables[0].get_entity(*keys, **options)
        await take_over(*self._tables)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables[0], name)


async def test_instance_taken_over_during_removal_keeps_new_events(
    connection: str, account: Storage
) -> None:
    instances, history = tables(account)
    row = await instances.get_entity("susp-1", "")
    racing: Any = TakenOverAfterRead(instances, history)
    assert await remove_instance(racing, history, row) is False
    after = await dump(connection)
    assert "susp-1" in of_hub(after, "Line1x1", ended=False)
    new = [each for each in after["tables"]["SharedHistory"] if each.get("ExecutionId") == "new"]
    assert [each["RowKey"] for each in new] == ["0000000000000000", "sentinel"]


def tables(account: Storage) -> tuple[TableClient, TableClient]:
    open_table = account.tables.get_table_client
    return open_table("SharedInstances"), open_table("SharedHistory")


async def take_over(instances: TableClient, history: TableClient) -> None:
    """Start susp-1 on the other line, its row first and then its history, as the engine does."""
    row = {"PartitionKey": "susp-1", "RowKey": "", "ExecutionId": "new"}
    await instances.upsert_entity(row | {"TaskHubName": "Line1x1", "RuntimeStatus": "Running"})
    for key in ("0000000000000000", "sentinel"):
        event = {"PartitionKey": "susp-1", "RowKey": key, "ExecutionId": "new"}
        await history.upsert_entity(event, mode="replace")


async def test_purge_deletes_an_ended_instance(connection: str, account: Storage) -> None:
    before = await dump(connection)
    tracking = TableTracking(account, "Shared")
    large = account.blobs.get_container_client(LARGE)
    for name in ("big-1/new.json.gz", "big-11/other.json.gz"):
        await large.upload_blob(name, b"")

    assert await tracking.purge("big-1") is True
    assert await tracking.purge("big-1") is False

    after = await dump(connection)
    assert after["tables"] == without(before, {"big-1"})["tables"]
    assert [name for name in after["blobs"][LARGE] if name.startswith("big-1/")] == []
    assert "big-11/other.json.gz" in after["blobs"][LARGE]


@pytest.mark.parametrize("name", ["susp-1", "never"])
async def test_purge_keeps_what_has_not_ended(connection: str, account: Storage, name: str) -> None:
    before = await dump(connection)
    assert await TableTracking(account, "Shared").purge(name) is False
    assert await dump(connection) == before


async def test_unfinished_orchestrations_are_listed_without_entities(
    recorded: str, open_account: Open
) -> None:
    """Child orchestrations are listed too."""
    unfinished = {"Pending", "Running", "ContinuedAsNew", "Suspended"}
    rows = (await dump(recorded))["tables"]["SharedInstances"]
    wanted = {
        row["PartitionKey"]
        for row in rows
        if row["TaskHubName"] == "Line1x0" and row["RuntimeStatus"] in unfinished
    }
    entities = {key for key in wanted if key.startswith("@")}
    assert entities
    account = open_account(recorded)
    hub = shared_hub(account, account)
    found = await hub.unfinished("Line1x0")
    assert {each.instance_id for each in found} == wanted - entities
    assert len(await hub.unfinished("Line1x0", top=1)) == 1


async def test_failed_instances_are_counted_by_time(recorded: str, open_account: Open) -> None:
    rows = (await dump(recorded))["tables"]["SharedInstances"]
    failed = [
        row for row in rows if (row["TaskHubName"], row["RuntimeStatus"]) == ("Line1x0", "Failed")
    ]
    account = open_account(recorded)
    hub = shared_hub(account, account)
    long_ago, later = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    assert failed
    assert await hub.failed("Line1x0", long_ago, later) == len(failed)
    assert await hub.failed("Line1x0", long_ago, long_ago) == 0
    assert await hub.failed("Line1x0", later, later) == 0


async def test_removal_is_unreadable_while_storage_is_down(open_account: Open) -> None:
    down = open_account(Azurite(free_ports(3)).connection("account001"))
    hub = shared_hub(down, down)
    for attempt in (hub.delete_rows, hub.delete_large_messages, hub.unfinished):
        with pytest.raises(Unreadable, match="could not be reached"):
            await attempt("Line1x0")
