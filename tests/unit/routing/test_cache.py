"""The picture of the lines: shared, renewed in time, and never used beyond it."""

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
    """Counts the readings; `broken` makes them fail."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0
        self.needs_repair = False

    async def lines(self) -> Sequence[Line]:
        self.readings += 1
        await asyncio.sleep(0)
        if self.needs_repair:
            raise Unreadable("away")
        return await super().lines()


class Ticks:
    """A monotonic clock that is set by hand."""

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
def monotonic() -> Ticks:
    return Ticks()


@pytest.fixture
def snapshots(catalog: CountedCatalog, monotonic: Ticks) -> SnapshotCache:
    return SnapshotCache(catalog, 10.0, lambda: NOW, monotonic)


async def test_many_who_ask_at_once_share_one_reading(
    snapshots: SnapshotCache, catalog: CountedCatalog
) -> None:
    found = await asyncio.gather(*(snapshots.get() for _ in range(50)))
    assert catalog.readings == 1
    assert {line for each in found for line in each.lines} == {LineId(1, 0)}


async def test_a_young_picture_is_used_without_reading(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: Ticks
) -> None:
    first = await snapshots.get()
    monotonic.now += 4.9
    assert await snapshots.get() is first
    assert catalog.readings == 1


async def test_half_way_through_its_life_it_is_renewed_beside_the_request(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: Ticks
) -> None:
    first = await snapshots.get()
    monotonic.now += 5.1
    assert await snapshots.get() is first
    renewed = await snapshots.refresh()
    assert renewed is not first
    assert catalog.readings == 2
    assert await snapshots.get() is renewed


async def test_a_catalog_that_is_away_is_not_noticed_while_the_picture_is_fresh(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: Ticks
) -> None:
    first = await snapshots.get()
    catalog.needs_repair = True
    monotonic.now += 9.9
    assert await snapshots.get() is first
    await asyncio.sleep(0)


async def test_a_picture_that_cannot_be_renewed_in_time_is_refused_and_heals_by_itself(
    snapshots: SnapshotCache, catalog: CountedCatalog, monotonic: Ticks
) -> None:
    await snapshots.get()
    catalog.needs_repair = True
    monotonic.now += 10.0
    with pytest.raises(Unavailable) as refused:
        await snapshots.get()
    assert (refused.value.status, refused.value.code) == (503, "catalog-unavailable")
    assert refused.value.retry_after == 5
    catalog.needs_repair = False
    assert LineId(1, 0) in (await snapshots.get()).lines


async def test_those_who_wait_for_a_newer_picture_share_its_reading(
    snapshots: SnapshotCache, catalog: CountedCatalog
) -> None:
    first = await snapshots.get()
    wait = timedelta(milliseconds=1)
    newer = await asyncio.gather(*(snapshots.newer(first, wait) for _ in range(20)))
    assert catalog.readings == 2
    assert set(map(id, newer)) == {id(newer[0])}
    assert newer[0] is not first


async def test_a_refresh_sees_what_was_written_before_it_although_a_reading_was_under_way(
    catalog: CountedCatalog, snapshots: SnapshotCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_read, goes_on = asyncio.Event(), asyncio.Event()
    read = catalog.lines

    async def held() -> Sequence[Line]:
        found = list(await read())
        has_read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(catalog, "lines", held)
    before = asyncio.create_task(snapshots.get())
    await has_read.wait()
    await catalog.add_line(NEXT)
    after = [asyncio.create_task(snapshots.refresh()) for _ in range(20)]
    await asyncio.sleep(0)
    goes_on.set()
    assert set((await before).lines) == {LINE.id}
    assert [set((await each).lines) for each in after] == [{LINE.id, NEXT.id}] * 20
    assert catalog.readings == 2


async def test_a_second_look_sees_what_another_router_wrote_meanwhile(
    catalog: CountedCatalog, snapshots: SnapshotCache, monotonic: Ticks
) -> None:
    assert set((await snapshots.get()).lines) == {LINE.id}
    await catalog.add_line(NEXT)
    monotonic.now += 1.0
    assert set((await snapshots.refresh_after_refusal()).lines) == {LINE.id, NEXT.id}


async def test_second_looks_in_one_second_share_one_reading(
    catalog: CountedCatalog, snapshots: SnapshotCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask, one after the other, for what is not there."""
    monkeypatch.setattr("router.routing.cache._APART_SECONDS", 0.5)
    await snapshots.get()
    looks = []
    for _ in range(20):
        looks.append(asyncio.create_task(snapshots.refresh_after_refusal()))
        await asyncio.sleep(0.001)
    await asyncio.gather(*looks)
    assert catalog.readings == 2


async def test_the_age_of_a_picture_counts_from_before_it_was_read(
    catalog: CountedCatalog, monotonic: Ticks
) -> None:
    """A change during a slow reading may be missing from it."""

    class SlowCatalog(CountedCatalog):
        async def lines(self) -> Sequence[Line]:
            monotonic.now += 6.0
            return await super().lines()

    snapshots = SnapshotCache(SlowCatalog(), 10.0, lambda: NOW, monotonic)
    first = await snapshots.get()
    monotonic.now += 4.0
    assert await snapshots.get() is not first


async def test_a_catalog_that_is_slow_is_not_waited_for_but_its_answer_is_used(
    catalog: CountedCatalog, snapshots: SnapshotCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.routing.cache._PATIENCE_SECONDS", 0.01)
    answers = asyncio.Event()
    monkeypatch.setattr(catalog, "releases", lambda: answered(answers))
    with pytest.raises(Unavailable, match="can't be read"):
        await snapshots.get()
    answers.set()
    assert (await snapshots.get()).lines == {LINE.id: await catalog.line(LINE.id)}
    assert catalog.readings == 1


async def answered(event: asyncio.Event) -> tuple[()]:
    await event.wait()
    return ()


async def test_an_empty_catalog_is_asked_about_and_one_with_a_line_is_not(monotonic: Ticks) -> None:
    asked = []

    async def check_not_lost() -> None:
        asked.append(monotonic())
        if len(asked) == 1:
            raise Unavailable("catalog-lost", "it was lost")

    catalog = CountedCatalog()
    snapshots = SnapshotCache(catalog, 10.0, lambda: NOW, monotonic, check_not_lost)
    with pytest.raises(Unavailable, match="it was lost"):
        await snapshots.get()
    assert (await snapshots.get()).lines == {}
    await catalog.add_line(LINE)
    await snapshots.refresh()
    assert len(asked) == 2
