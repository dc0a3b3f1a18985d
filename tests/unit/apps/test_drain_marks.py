"""A mark on a draining line undoes a retirement that did not know of the start."""

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
