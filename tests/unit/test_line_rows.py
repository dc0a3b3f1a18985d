"""A line's row is changed by compare-and-set, with a bounded number of retries."""

from dataclasses import replace

import pytest

from router.domain.errors import Changed, Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId
from router.line_rows import Updated, get_line, update_line
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.router import LINE_ID, NOON


@pytest.fixture
def catalog() -> InMemoryCatalog:
    return InMemoryCatalog()


@pytest.fixture
async def line(catalog: InMemoryCatalog) -> Line:
    return await catalog.add_line(
        Line(LINE_ID, LineState.ACTIVE, NOON, "app", "plan", "Hub1x0", operations=0)
    )


def count(line: Line) -> Line:
    return replace(line, operations=line.operations + 1)


async def test_update_is_stored_and_returned(catalog: InMemoryCatalog, line: Line) -> None:
    updated = await update_line(catalog, line, count)
    assert (updated.line.operations, updated.written) == (1, True)
    assert await get_line(catalog, LINE_ID) == updated.line


async def test_update_is_applied_to_the_row_that_won_the_race(
    catalog: InMemoryCatalog, line: Line
) -> None:
    await catalog.replace_line(replace(line, operations=7))
    assert (await update_line(catalog, line, count)).line.operations == 8
    assert (await get_line(catalog, LINE_ID)).operations == 8


async def test_update_without_a_change_writes_nothing(catalog: InMemoryCatalog, line: Line) -> None:
    assert await update_line(catalog, line, lambda found: found) == Updated(line, False)
    assert catalog.calls("replace_line") == []


async def test_update_that_always_loses_the_race_is_line_busy(
    catalog: InMemoryCatalog, line: Line
) -> None:
    catalog.fail("replace_line", Changed(line))
    with pytest.raises(Unavailable) as busy:
        await update_line(catalog, line, count)
    assert (busy.value.status, busy.value.code) == (503, "line-busy")
    assert len(catalog.calls("replace_line")) > 1
    assert (await get_line(catalog, LINE_ID)).operations == 0


async def test_update_of_a_deleted_row_is_unknown_line(catalog: InMemoryCatalog) -> None:
    deleted = Line(LineId(2, 0), LineState.ACTIVE, NOON, "app", "plan", "Hub2x0")
    with pytest.raises(Refusal) as unknown:
        await update_line(catalog, deleted, count)
    assert (unknown.value.status, unknown.value.code) == (404, "unknown-line")
