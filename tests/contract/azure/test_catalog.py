"""The catalog in a table, and the one in memory that other tests use, behave alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from semver import Version

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import ClientOptions, Storage
from router.azure.storage.catalog import MOST_EVENTS, TableCatalog
from router.domain import resource_names
from router.domain.errors import Changed, Exists, Unavailable, Unreadable
from router.domain.line_states import LineState
from router.domain.model import (
    Blocker,
    BlockerKind,
    Claim,
    Drain,
    Line,
    LineEvent,
    Operation,
    OperationKind,
    Progress,
    Release,
    Step,
    Verdict,
)
from router.domain.version import LineId
from router.ports import Catalog, ClaimPage
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.flaky_storage import flaky_storage

NO_RETRIES = ClientOptions(retries=0)
NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
LINE = Line(
    id=LineId(1, 0),
    state=LineState.DRAINING,
    since=NOW,
    function_app="orders-1-0",
    plan="orders-1-0-plan",
    task_hub="Orders1x0",
    release=Version(1, 0, 3),
    operations=2,
    last_start_at=NOW,
    drain=Drain(
        Verdict.BUSY,
        NOW,
        (Blocker(BlockerKind.INSTANCE, "it waits", "1-0-x", "order", "Running", NOW),),
    ),
)
OPERATION = Operation(
    id="1-0-provision-1",
    kind=OperationKind.PROVISION,
    line=LINE.id,
    release=Version(1, 0, 0),
    begun_at=NOW,
    steps=(Step("create_plan"), Step("await_health", Progress.RUNNING, NOW, None, "…")),
)


def release(patch: int) -> Release:
    return Release(Version(1, 0, patch), f"{patch:064x}", 10 + patch, NOW)


@pytest_asyncio.fixture(params=["table", "memory"])
async def catalog(request: pytest.FixtureRequest, azurite: Azurite) -> AsyncIterator[Catalog]:
    if request.param == "memory":
        yield InMemoryCatalog()
        return
    storage = Storage(azurite.account())
    yield TableCatalog(storage, resource_names.catalog_table("my-orders"))
    await storage.close()


async def test_missing_rows_are_none(catalog: Catalog) -> None:
    assert await catalog.line(LINE.id) is None
    assert await catalog.release(Version(1, 0, 0)) is None
    assert await catalog.operation("x") is None
    assert await catalog.claim("x") is None
    assert await catalog.lines() == []
    assert await catalog.events(LINE.id) == []


async def test_mark_of_the_first_router_stays(catalog: Catalog) -> None:
    marks = await asyncio.gather(*(catalog.mark(f"router {number}") for number in range(3)))
    assert len(set(marks)) == 1
    assert await catalog.mark("a later one") == marks[0]
    assert await catalog.lines() == []


async def test_line_is_read_as_written(catalog: Catalog) -> None:
    added = await catalog.add_line(LINE)
    assert added.etag != ""
    assert replace(added, etag="") == LINE
    assert await catalog.line(LINE.id) == added
    assert await catalog.lines() == [added]


async def test_operation_is_read_as_written(catalog: Catalog) -> None:
    added = await catalog.add_operation(OPERATION)
    assert replace(added, etag="") == OPERATION
    changed = await catalog.replace_operation(replace(added, state=Progress.FAILED, error="no"))
    assert await catalog.operation(OPERATION.id) == changed


async def test_claim_belongs_to_one_line_until_moved(catalog: Catalog) -> None:
    claim = await catalog.add_claim(Claim("order^7 of May", LineId(1, 0), NOW))
    with pytest.raises(Exists):
        await catalog.add_claim(Claim("order^7 of May", LineId(1, 1), NOW))
    moved = await catalog.replace_claim(replace(claim, line=LineId(1, 1)))
    assert await catalog.claim("order^7 of May") == moved
    with pytest.raises(Changed):
        await catalog.replace_claim(replace(claim, line=LineId(1, 2)))


async def test_stale_claim_cannot_be_dropped(catalog: Catalog) -> None:
    stale = await catalog.add_claim(Claim("order^8", LineId(1, 0), NOW, NOW))
    fresh = await catalog.replace_claim(stale)
    await catalog.drop_claim(stale)
    assert await catalog.claim("order^8") == fresh
    await catalog.drop_claim(fresh)
    assert await catalog.claim("order^8") is None
    await catalog.drop_claim(fresh)


async def test_claims_of_a_line_are_listed_while_being_dropped(
    catalog: Catalog,
) -> None:
    mine = [await catalog.add_claim(Claim(f"of 9.0 {n}", LineId(9, 0), NOW)) for n in range(3)]
    await catalog.add_claim(Claim("of another", LineId(9, 1), NOW))
    found: list[Claim] = []
    cursor: str | None = None
    for _ in range(9):
        page = await catalog.claims(LineId(9, 0), cursor)
        found += page.claims
        for claim in page.claims:
            await catalog.drop_claim(claim)
        cursor = page.cursor
        if cursor is None:
            break
    assert (found, cursor) == (mine, None)
    assert await catalog.claims(LineId(9, 0)) == ClaimPage([])
    assert await catalog.claim("of another") is not None


async def test_existing_rows_cannot_be_added_again(catalog: Catalog) -> None:
    await catalog.add_line(LINE)
    await catalog.add_release(release(0))
    with pytest.raises(Exists):
        await catalog.add_line(replace(LINE, state=LineState.ACTIVE))
    with pytest.raises(Exists):
        await catalog.add_release(replace(release(0), sha256="f" * 64))
    assert await catalog.release(Version(1, 0, 0)) == release(0)


async def test_replacing_an_outdated_line_fails(catalog: Catalog) -> None:
    first = await catalog.add_line(LINE)
    second = await catalog.replace_line(replace(first, state=LineState.RETIRING))
    with pytest.raises(Changed):
        await catalog.replace_line(replace(first, state=LineState.ACTIVE))
    assert await catalog.line(LINE.id) == second


async def test_missing_line_cannot_be_replaced(catalog: Catalog) -> None:
    with pytest.raises(Changed):
        await catalog.replace_line(replace(LINE, etag="W/\"datetime'2026-11-22'\""))


async def test_one_of_many_concurrent_writers_wins(catalog: Catalog) -> None:
    read = await catalog.add_line(LINE)
    writes = (catalog.replace_line(replace(read, operations=n)) for n in range(10))
    answers = await asyncio.gather(*writes, return_exceptions=True)
    [winner] = [answer for answer in answers if isinstance(answer, Line)]
    assert sum(isinstance(answer, Changed) for answer in answers) == 9
    assert await catalog.line(LINE.id) == winner


async def test_one_of_many_concurrent_claims_wins(catalog: Catalog) -> None:
    claims = (catalog.add_claim(Claim("same", LineId(1, minor), NOW)) for minor in range(10))
    answers = await asyncio.gather(*claims, return_exceptions=True)
    [winner] = [answer for answer in answers if isinstance(answer, Claim)]
    assert sum(isinstance(answer, Exists) for answer in answers) == 9
    assert await catalog.claim("same") == winner


async def test_lines_and_releases_are_listed_in_version_order(catalog: Catalog) -> None:
    for minor in (10, 2, 1):
        await catalog.add_line(replace(LINE, id=LineId(1, minor)))
        await catalog.add_release(release(minor))
    assert [line.id.minor for line in await catalog.lines()] == [1, 2, 10]
    assert await catalog.releases() == [release(1), release(2), release(10)]


async def test_events_are_listed_newest_first_without_duplicates(catalog: Catalog) -> None:
    events = [LineEvent(NOW + timedelta(seconds=n), f"event {n}") for n in range(5)]
    for event in (*events, events[2]):
        await catalog.add_event(LINE.id, event)
    await catalog.add_event(LineId(1, 1), LineEvent(NOW, "another line's"))
    assert await catalog.events(LINE.id) == events[::-1]
    assert await catalog.events(LINE.id, top=2) == [events[4], events[3]]


async def test_an_event_that_says_what_the_latest_says_is_left_out(catalog: Catalog) -> None:
    texts = ["stopped", "stopped", "started", "stopped", "stopped"]
    for n, text in enumerate(texts):
        await catalog.add_event(LINE.id, LineEvent(NOW + timedelta(seconds=n), text))
    events = [(each.at - NOW).seconds for each in await catalog.events(LINE.id)]
    assert events == [3, 2, 0]


async def test_latest_operations_and_those_in_use_are_kept(catalog: Catalog) -> None:
    retire, patch = OperationKind.RETIRE, OperationKind.PATCH
    numbered = {f"{retire}-1-0-1": retire, f"{retire}-1-0-9": retire, f"{patch}-1-0-10": patch}
    numbered |= {f"{patch}-1-0-11": patch, f"{patch}-1-0-60": patch}
    for name, kind in numbered.items():
        await catalog.add_operation(replace(OPERATION, id=name, kind=kind))
    others = replace(OPERATION, id="retire-1-1-1", line=LineId(1, 1))
    await catalog.add_operation(others)
    await catalog.drop_operations(replace(LINE, operations=60, retirement=f"{retire}-1-0-9"))
    left = [name for name in numbered if await catalog.operation(name)]
    assert left == ["retire-1-0-9", "patch-1-0-11", "patch-1-0-60"]
    assert await catalog.operation(others.id) is not None


async def test_row_of_a_newer_router_is_read_and_not_changed(catalog: Catalog) -> None:
    line = await catalog.add_line(replace(LINE, state=LineState("paused")))
    assert (await catalog.lines())[0].state == "paused"
    with pytest.raises(Unavailable, match="'paused'"):
        await catalog.replace_line(line)


async def test_oldest_of_many_events_are_deleted(azurite: Azurite) -> None:
    storage = Storage(azurite.account())
    catalog = TableCatalog(storage, "eventfulcatalog")
    for n in range(MOST_EVENTS + 60):
        await catalog.add_event(LINE.id, LineEvent(NOW + timedelta(seconds=n), f"event {n}"))
    found = await catalog.events(LINE.id, 1000)
    await storage.close()
    assert found[0].what == f"event {MOST_EVENTS + 59}"
    assert MOST_EVENTS <= len(found) <= MOST_EVENTS + 50


async def test_every_page_of_a_list_is_read(azurite: Azurite) -> None:
    async with flaky_storage(azurite.account()) as proxied:
        proxied.proxies["Table"].page = 2  # rows. Azure's pages have 1,000
        storage = Storage(proxied.connection)
        catalog = TableCatalog(storage, "catalog")
        for patch in range(5):
            await catalog.add_release(release(patch))
        proxied.proxies["Table"].asked.clear()
        assert await catalog.releases() == [release(patch) for patch in range(5)]
        assert len(proxied.proxies["Table"].asked) == 3
        await storage.close()


async def test_invalid_row_makes_the_list_unreadable(storage: Storage) -> None:
    catalog = TableCatalog(storage, "catalog")
    await catalog.add_line(LINE)
    table = storage.tables.get_table_client("catalog")
    await table.create_entity({"PartitionKey": "line", "RowKey": "1.1", "state": "resting"})
    with pytest.raises(Unreadable):
        await catalog.lines()


async def test_deleted_table_is_unreadable_at_first(storage: Storage) -> None:
    catalog = TableCatalog(storage, "catalog")
    await catalog.add_line(LINE)
    await storage.tables.delete_table("catalog")
    with pytest.raises(Unreadable, match="TableNotFound"):
        await catalog.lines()
    assert await catalog.lines() == []  # created again, for the cache to check if it was lost


async def test_lines_are_added_all_or_none(catalog: Catalog) -> None:
    other = replace(LINE, id=LineId(1, 1))
    await catalog.add_lines([LINE])
    with pytest.raises(Exists):
        await catalog.add_lines([other, LINE])
    assert [line.id for line in await catalog.lines()] == [LINE.id]
    await catalog.add_lines([])
    await catalog.add_lines([other])
    assert [line.id for line in await catalog.lines()] == [LINE.id, other.id]


async def test_catalog_that_is_down_is_unreadable() -> None:
    storage = Storage(Azurite(free_ports(3)).connection("account001"), options=NO_RETRIES)
    catalog = TableCatalog(storage, "catalog")
    with pytest.raises(Unreadable, match="could not be reached"):
        await catalog.lines()
    await storage.close()
