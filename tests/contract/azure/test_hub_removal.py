"""Deleting a hub deletes its own resources and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from azure.storage.blob.aio import BlobLeaseClient

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub import StorageHub
from router.domain.errors import Unreadable
from tests.contract.azure.recordings import Open, loaded, shared_hub

REMOVED = [
    "blob azure-webjobs-hosts/locks/orders-1-0/host",
    "blob azure-webjobs-secrets/orders-1-0/host.json",
    "container app-package-orders-1-0",
    "container line1x0-applease",
    "queue line1x0-control-00",
    "queue line1x0-control-01",
    "queue line1x0-control-02",
    "queue line1x0-control-03",
    "queue line1x0-workitems",
    "table Line1x0Partitions",
]
KEPT_QUEUES = ["line1x0-controls", "line1x0-other", "line1x01-control-00"]


@pytest.fixture
async def used(in_flight: tuple[Storage, Storage]) -> tuple[Storage, Storage]:
    """Return the accounts of an app: secrets, a held host lock and app lease, a package.

    They also have resources whose names begin alike.
    """
    lines, tracking = in_flight
    for name in KEPT_QUEUES:
        await lines.queues.create_queue(name)
    secrets = await lines.blobs.create_container("azure-webjobs-secrets")
    await secrets.upload_blob("orders-1-0/host.json", b"{}")
    await secrets.upload_blob("orders-1-01/host.json", b"{}")
    locks = await lines.blobs.create_container("azure-webjobs-hosts")
    await BlobLeaseClient(await locks.upload_blob("locks/orders-1-0/host", b"")).acquire()
    await lines.blobs.create_container("app-package-orders-1-0")
    await BlobLeaseClient(tracking.blobs.get_container_client("line1x0-applease")).acquire()
    return lines, tracking


async def test_hub_is_deleted_without_rows_and_other_hubs(
    used: tuple[Storage, Storage],
) -> None:
    lines, tracking = used
    hub = shared_hub(lines, tracking)
    assert sorted((await hub.listing("Line1x0", "orders-1-0")).remaining) == REMOVED
    rows = [row["PartitionKey"] async for row in instances(tracking)]

    await hub.delete("Line1x0", "orders-1-0")
    await hub.delete("Line1x0", "orders-1-0")

    assert (await hub.listing("Line1x0", "orders-1-0")).remaining == ()
    assert [queue.name async for queue in lines.queues.list_queues()] == KEPT_QUEUES
    secrets = lines.blobs.get_container_client("azure-webjobs-secrets")
    assert [blob.name async for blob in secrets.list_blobs()] == ["orders-1-01/host.json"]
    assert {table.name async for table in tracking.tables.list_tables()} == {
        "Line1x1Partitions",
        "SharedHistory",
        "SharedInstances",
    }
    assert {each.name async for each in tracking.blobs.list_containers()} == {
        "line1x0-largemessages",
        "line1x1-applease",
    }
    assert [row["PartitionKey"] async for row in instances(tracking)] == rows


async def test_hub_is_deleted_without_the_resources_of_another_app(
    used: tuple[Storage, Storage],
) -> None:
    hub = shared_hub(*used)
    of_app = [item for item in REMOVED if "orders-1-0" in item]
    of_hub = [item for item in REMOVED if "orders-1-0" not in item]
    listing = await hub.listing("Line1x0", None)
    assert sorted(listing.remaining) == of_hub
    assert not any("app-package" in each or "azure-webjobs" in each for each in listing.expected)

    await hub.delete("Line1x0", None)

    assert (await hub.listing("Line1x0", None)).remaining == ()
    assert sorted((await hub.listing("Line1x0", "orders-1-0")).remaining) == of_app


async def test_tables_of_a_lines_own_are_deleted_and_no_others(
    in_flight: tuple[Storage, Storage],
) -> None:
    lines, tracking = in_flight
    for name in ("Line1x0Instances", "Line1x0History", "Line1x01Instances"):
        await tracking.tables.create_table(name)
    before = {table.name async for table in tracking.tables.list_tables()}
    for _ in range(2):
        await StorageHub(lines, tracking, "Line1x0").delete_tables()
    after = {table.name async for table in tracking.tables.list_tables()}
    assert before - after == {"Line1x0Instances", "Line1x0History"}


def instances(tracking: Storage) -> AsyncIterator[dict[str, object]]:
    return tracking.tables.get_table_client("SharedInstances").list_entities()


async def test_older_lease_containers_are_deleted(azurite: Azurite, open_account: Open) -> None:
    solo = open_account((await loaded(azurite, "31"))["solo"])
    hub = StorageHub(solo, solo, "OldHub")
    await hub.delete("OldHub", "old-app")
    assert (await hub.listing("OldHub", "old-app")).remaining == ()
    left = {each.name async for each in solo.blobs.list_containers()}
    assert left == {"oldhub-largemessages"}


async def test_deletion_is_unreadable_while_storage_is_down(open_account: Open) -> None:
    down = open_account(Azurite(free_ports(3)).connection("account001"))
    hub = shared_hub(down, down)
    attempts = (hub.listing("Line1x0", "app"), hub.delete("Line1x0", "app"))
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unreadable, Unreadable]
    assert all("could not be reached" in str(answer) for answer in answers)


@pytest.mark.parametrize("name", ["", "a", "Line1x0-", "%"])
async def test_invalid_hub_name_is_refused(open_account: Open, name: str) -> None:
    down = open_account(Azurite(free_ports(3)).connection("account001"))
    with pytest.raises(ValueError, match="not the name of a task hub"):
        await shared_hub(down, down).delete(name, "orders-1-0")
