"""The distribution of partitions among workers."""

from collections.abc import AsyncIterator

import pytest_asyncio

from emulator.engine.hub import TaskHub
from emulator.engine.storage.table import Table
from emulator.engine.worker.partition_leases import PartitionLeases
from emulator.tests.contract.engine.hubs import settings, until

ALL = frozenset(f"testhub-control-0{n}" for n in range(4))
LONG, SHORT = 3600, 4  # lease durations in seconds


@pytest_asyncio.fixture
async def partitions(account: str) -> AsyncIterator[Table]:
    async with TaskHub(settings(account)) as hub:
        yield hub.stores.storage.table(hub.settings.partitions_table)


async def owners(partitions: Table) -> list[str | None]:
    return [stored.row.get("CurrentOwner") for stored in await partitions.query("")]


async def test_single_worker_claims_and_keeps_all_partitions(partitions: Table) -> None:
    only = PartitionLeases(partitions, "only", LONG)
    assert await only.refresh() == ALL
    since = [stored.row["OwnedSince"] for stored in await partitions.query("")]
    assert await only.refresh() == ALL
    assert [stored.row["OwnedSince"] for stored in await partitions.query("")] == since


async def test_restarted_worker_regains_its_partitions_at_once(
    partitions: Table,
) -> None:
    await PartitionLeases(partitions, "same", LONG).refresh()
    assert await PartitionLeases(partitions, "same", LONG).refresh() == ALL


async def test_other_worker_waits_for_leases_of_killed_one_to_expire(partitions: Table) -> None:
    await PartitionLeases(partitions, "killed", SHORT).refresh()
    other = PartitionLeases(partitions, "other", LONG)
    assert await other.refresh() == frozenset()
    assert await until(other.refresh, lambda kept: len(kept) > 0) == ALL


async def test_released_partitions_are_claimed_at_once(partitions: Table) -> None:
    first, second = (PartitionLeases(partitions, name, LONG) for name in ("first", "second"))
    await first.refresh()
    await first.release(ALL)
    assert await owners(partitions) == [None] * 4
    assert await second.refresh() == ALL


async def test_second_worker_gets_its_share_one_partition_per_round(partitions: Table) -> None:
    first, second = (PartitionLeases(partitions, name, LONG) for name in ("first", "second"))
    await first.refresh()
    for share in (1, 2, 2):
        await second.refresh()
        kept = await first.refresh()
        requested = [
            stored.row["RowKey"]
            for stored in await partitions.query("")
            if stored.row["IsDraining"]
        ]
        await first.release(frozenset(requested))
        assert len(await second.refresh()) == share
        assert len(kept) == 4 - share


async def test_partition_requested_by_dead_worker_is_recovered(partitions: Table) -> None:
    first = PartitionLeases(partitions, "first", SHORT)
    await first.refresh()
    await PartitionLeases(partitions, "dead", SHORT).refresh()
    [lost] = ALL - await first.refresh()
    await first.release(frozenset({lost}))
    assert await first.refresh() == ALL - {lost}
    assert await until(first.refresh, lambda kept: kept == ALL) == ALL
