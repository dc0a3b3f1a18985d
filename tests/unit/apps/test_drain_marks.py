"""A mark on a draining line undoes a retirement that did not know of the start."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.apps.drain_marks import DrainMarks
from router.domain.errors import Changed
from router.domain.line_states import LineState
from router.domain.line_transitions import fenced
from router.domain.model import Line
from router.domain.version import LineId
from tests.fakes.catalog import InMemoryCatalog

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MARGIN = 10.0
ID = LineId(1, 0)


@pytest.fixture
def catalog() -> InMemoryCatalog:
    return InMemoryCatalog()


@pytest.fixture
def marks(catalog: InMemoryCatalog) -> DrainMarks:
    return DrainMarks(catalog, MARGIN, lambda: NOW)


async def line(catalog: InMemoryCatalog, state: LineState = LineState.DRAINING) -> Line:
    return await catalog.add_line(Line(ID, state, NOW, "app", "plan", "Hub"))


async def test_start_between_reading_and_fencing_undoes_the_fence(
    catalog: InMemoryCatalog, marks: DrainMarks
) -> None:
    observed = await line(catalog)
    assert await marks.mark(observed)
    with pytest.raises(Changed):
        await catalog.replace_line(fenced(observed, NOW))
    noted = await catalog.line(ID)
    assert noted is not None
    assert (noted.state, noted.last_start_at) == (LineState.DRAINING, NOW)


async def test_start_after_the_fence_is_not_forwarded(
    catalog: InMemoryCatalog, marks: DrainMarks
) -> None:
    observed = await line(catalog)
    await catalog.replace_line(fenced(observed, NOW))
    assert not await marks.mark(observed)


async def test_stale_row_is_read_again(catalog: InMemoryCatalog, marks: DrainMarks) -> None:
    stale = await line(catalog)
    await catalog.replace_line(replace(stale, error="something else"))
    assert await marks.mark(stale)
    noted = await catalog.line(ID)
    assert noted is not None
    assert (noted.error, noted.last_start_at) == ("something else", NOW)


@pytest.mark.parametrize(("age", "written"), [(4.9, False), (5.1, True)])
async def test_recent_mark_covers_the_next_starts(
    catalog: InMemoryCatalog, marks: DrainMarks, age: float, written: bool
) -> None:
    earlier = NOW - timedelta(seconds=age)
    noted = await catalog.replace_line(replace(await line(catalog), last_start_at=earlier))
    assert await marks.mark(noted)
    found = await catalog.line(ID)
    assert found is not None
    assert (found.etag != noted.etag) is written


@pytest.mark.parametrize(
    ("state", "forwards"),
    [(LineState.ACTIVE, True), (LineState.RETIRED, False), (LineState.FAILED, False)],
)
async def test_start_is_taken_according_to_the_changed_state(
    catalog: InMemoryCatalog, marks: DrainMarks, state: LineState, forwards: bool
) -> None:
    observed = await line(catalog)
    await catalog.replace_line(replace(observed, state=state))
    assert await marks.mark(observed) is forwards


async def test_starts_at_the_same_time_share_one_write(
    catalog: InMemoryCatalog, marks: DrainMarks
) -> None:
    """A thousand starts with a snapshot that lacks the mark must not contend for the row."""
    observed = await line(catalog)
    assert all(await asyncio.gather(*(marks.mark(observed) for _ in range(1000))))
    assert all(await asyncio.gather(*(marks.mark(observed) for _ in range(1000))))
    assert len(catalog.calls("replace_line")) == 1
    assert catalog.calls("line") == []


async def test_write_under_way_serves_a_later_start_only_if_recent(
    catalog: InMemoryCatalog,
) -> None:
    """It may have been sent long before the start came, and a retirement decided since."""
    clock = [NOW]
    marks = DrainMarks(catalog, MARGIN, lambda: clock[0])
    observed = await line(catalog)

    async def slowly(*_: object) -> None:
        await asyncio.sleep(0.02)
        clock[0] = NOW + timedelta(seconds=6)

    catalog.before("replace_line", slowly)
    first = asyncio.create_task(marks.mark(observed))
    await asyncio.sleep(0.01)
    assert await marks.mark(observed)
    assert await first
    assert len(catalog.calls("replace_line")) == 2


async def test_start_that_comes_while_the_fence_is_written_is_parked(
    catalog: InMemoryCatalog, marks: DrainMarks
) -> None:
    observed = await line(catalog)

    async def fence(*_: object) -> None:
        catalog.restore("replace_line")
        await catalog.replace_line(fenced(observed, NOW))

    catalog.before("replace_line", fence)
    assert await asyncio.gather(*(marks.mark(observed) for _ in range(5))) == [False] * 5


async def test_start_does_not_wait_for_a_catalog_that_hangs(catalog: InMemoryCatalog) -> None:
    marks = DrainMarks(catalog, MARGIN, lambda: NOW, patience=0.01)
    observed = await line(catalog)

    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    catalog.before("replace_line", hang)
    assert not await marks.mark(observed)


async def test_mark_of_an_earlier_drain_does_not_count(
    catalog: InMemoryCatalog, marks: DrainMarks
) -> None:
    assert await marks.mark(await line(catalog))
    marked = await catalog.line(ID)
    assert marked is not None
    again = replace(marked, since=NOW + timedelta(seconds=1), last_start_at=None)
    assert await marks.mark(await catalog.replace_line(again))
    assert len(catalog.calls("replace_line")) == 3
