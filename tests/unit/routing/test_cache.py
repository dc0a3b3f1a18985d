"""The snapshot is shared, refreshed in time, and never used when it is too old."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.errors import Unavailable, Unreadable
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId
from router.routing.cache import SnapshotCache
from tests.fakes.catalog import InMemoryCatalog

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LINE = Line(LineId(1, 0), LineState.ACTIVE, NOW, "app", "plan", "Hub")
NEXT = Line(LineId(1, 1), LineState.ACTIVE, NOW, "app", "plan", "Hub")


class CountedCatalog(InMemoryCatalog):
    """Counts how often the lines are read, which fails while it is unavailable."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0
        self.is_unavailable = False

    async def lines(self) -> Sequence[Line]:
        self.readings += 1
        await asyncio.sleep(0)
        if self.is_unavailable:
            raise Unreadable("away")
        return await super().lines()


class ManualClock:
    """A monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def catalog() -> CountedCatalog:
    made = CountedCatalog()
    await made.add_line(LINE)
    return made


@pytest.fixture
def monotonic() -> ManualClock:
    return ManualClock()


@pytest.fixture
def snapshots(catalog: CountedCatalog, monotonic: ManualClock) -> SnapshotCache:
    return SnapshotCache(catalog, 10.0, lambda: NOW, monotonic)


async def test_concurrent_readers_share_one_refresh(
    snapshots: SnapshotCache, catalog: CountedCatalog
) -> None:
    found = await asyncio.gather(*(snapshots.get() for _ in range(50)))
    assert catalog.readings == 1
    assert {line for each in found for line in each.lines} == {LineId(1, 0)}


async def test_young_snapshot_is_used_without_reading_the_catalog(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    first = await snapshots.get()
    monotonic.now += 4.9
    assert await snapshots.get() is first
    assert catalog.readings == 1


async def test_snapshot_is_refreshed_in_background_after_half_its_life(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    first = await snapshots.get()
    monotonic.now += 5.1
    assert await snapshots.get() is first
    refreshed = await snapshots.refresh()
    assert refreshed is not first
    assert catalog.readings == 2
    assert await snapshots.get() is refreshed


async def test_fresh_snapshot_is_used_while_catalog_is_unavailable(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    first = await snapshots.get()
    catalog.is_unavailable = True
    monotonic.now += 9.9
    assert await snapshots.get() is first
    await asyncio.sleep(0)


async def test_expired_snapshot_is_refused_until_catalog_is_back(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    await snapshots.get()
    catalog.is_unavailable = True
    monotonic.now += 10.0
    with pytest.raises(Unavailable) as refused:
        await snapshots.get()
    assert (refused.value.status, refused.value.code) == (503, "catalog-unavailable")
    assert refused.value.retry_after == 5
    catalog.is_unavailable = False
    assert LineId(1, 0) in (await snapshots.get()).lines


async def test_callers_waiting_for_a_newer_snapshot_share_the_refresh(
    snapshots: SnapshotCache, catalog: CountedCatalog
) -> None:
    first = await snapshots.get()
    wait = timedelta(milliseconds=1)
    newer = await asyncio.gather(*(snapshots.newer(first, wait) for _ in range(20)))
    assert catalog.readings == 2
    assert set(map(id, newer)) == {id(newer[0])}
    assert newer[0] is not first


async def test_refresh_includes_writes_made_during_an_earlier_one(
    catalog: CountedCatalog, snapshots: SnapshotCache
) -> None:
    has_read, may_continue = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        has_read.set()
        await may_continue.wait()

    catalog.after("lines", hold)
    before = asyncio.create_task(snapshots.get())
    await has_read.wait()
    await catalog.add_line(NEXT)
    after = [asyncio.create_task(snapshots.refresh()) for _ in range(20)]
    await asyncio.sleep(0)
    may_continue.set()
    assert set((await before).lines) == {LINE.id}
    assert [set((await each).lines) for each in after] == [{LINE.id, NEXT.id}] * 20
    assert catalog.readings == 2


async def test_refresh_after_refusal_includes_writes_of_other_routers(
    catalog: CountedCatalog, snapshots: SnapshotCache, monotonic: ManualClock
) -> None:
    assert set((await snapshots.get()).lines) == {LINE.id}
    await catalog.add_line(NEXT)
    monotonic.now += 1.0
    assert set((await snapshots.refresh_after_refusal()).lines) == {LINE.id, NEXT.id}


async def test_refused_starts_share_one_refresh(
    catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    """Even when they arrive one after the other."""
    snapshots = SnapshotCache(catalog, 10.0, lambda: NOW, monotonic, spacing=0.5)
    await snapshots.get()
    refreshes = []
    for _ in range(20):
        refreshes.append(asyncio.create_task(snapshots.refresh_after_refusal()))
        await asyncio.sleep(0.001)
    await asyncio.gather(*refreshes)
    assert catalog.readings == 2


async def test_age_of_snapshot_counts_from_before_it_was_read(
    catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    """A change during a slow refresh may be missing from it."""

    class SlowCatalog(CountedCatalog):
        async def lines(self) -> Sequence[Line]:
            monotonic.now += 6.0
            return await super().lines()

    snapshots = SnapshotCache(SlowCatalog(), 10.0, lambda: NOW, monotonic)
    first = await snapshots.get()
    monotonic.now += 4.0
    assert await snapshots.get() is not first


async def test_slow_catalog_is_given_up_but_its_answer_is_used(
    catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    snapshots = SnapshotCache(catalog, 10.0, lambda: NOW, monotonic, patience=0.01)
    may_answer = asyncio.Event()

    async def hold() -> None:
        await may_answer.wait()

    catalog.before("releases", hold)
    with pytest.raises(Unavailable, match="cannot be read"):
        await snapshots.get()
    may_answer.set()
    assert (await snapshots.get()).lines == {LINE.id: await catalog.line(LINE.id)}
    assert catalog.readings == 1


async def test_only_an_empty_catalog_is_checked_for_loss(monotonic: ManualClock) -> None:
    checks = []

    async def check_not_lost() -> None:
        checks.append(monotonic())
        if len(checks) == 1:
            raise Unavailable("catalog-lost", "it was lost")

    catalog = CountedCatalog()
    snapshots = SnapshotCache(catalog, 10.0, lambda: NOW, monotonic, check_not_lost)
    with pytest.raises(Unavailable, match="it was lost"):
        await snapshots.get()
    assert (await snapshots.get()).lines == {}
    await catalog.add_line(LINE)
    await snapshots.refresh()
    assert len(checks) == 2


async def test_last_known_snapshot_is_there_while_the_catalog_is_away(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: ManualClock
) -> None:
    catalog.is_unavailable = True
    with pytest.raises(Unavailable):
        await snapshots.last_known()
    catalog.is_unavailable = False
    known = await snapshots.get()
    catalog.is_unavailable = True
    monotonic.now += 3600
    assert await snapshots.last_known() is known
    catalog.is_unavailable = False
    assert await snapshots.last_known() is not known
