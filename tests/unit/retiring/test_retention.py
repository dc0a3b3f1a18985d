"""A retired line's data is deleted after its retention, and claims with what they protected."""

import time
from dataclasses import replace

import pytest

from router.domain.errors import Changed, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances.changes import purge
from router.line_rows import get_line
from router.lines import actions, monitor
from router.operations.step import Work
from router.ports import Purged
from router.retiring import retention
from router.starts.parked_start import park_id
from router.starts.service import StartRequest, accept
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

DAY = 86_400


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is retired."""
    return await with_retired_line("100")


async def with_retired_line(retention_seconds: str, **more: str) -> InMemoryRouter:
    settings = {"ROUTER_RETENTION_SECONDS": retention_seconds, "ROUTER_TRACKING": "shared"} | more
    router = InMemoryRouter(None, time.monotonic, **settings)
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.RETIRED
    await router.context.snapshots.refresh()
    return router


async def claim(router: InMemoryRouter, name: str, line: LineId = LINE_ID) -> Claim:
    return await router.catalog.add_claim(Claim(name, line, router.now()))


async def left(router: InMemoryRouter) -> set[str]:
    names = ("long ago", "just now", "parked", "of another line", "order-17", "order-18")
    return {name for name in names if await router.catalog.claim(name) is not None}


async def clean_up(router: InMemoryRouter) -> None:
    await retention.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert line.teardown_report is not None
    assert line.teardown_report.purged_at is not None


async def test_retired_lines_data_is_deleted_after_its_retention() -> None:
    router = await with_retired_line(str(30 * DAY))
    assert await retention.tick(router.context, LINE_ID) == 3600
    router.azure.pass_time(30 * DAY - 100)
    assert await retention.tick(router.context, LINE_ID) == pytest.approx(98, abs=3)
    router.azure.pass_time(100)
    assert await retention.tick(router.context, LINE_ID) == 60
    line = await router.finish_operations()
    assert (line.state, router.azure.purged) == (LineState.RETIRED, ["rows", "large messages"])
    assert line.teardown_report is not None
    assert line.teardown_report.remains == ()
    assert await retention.tick(router.context, LINE_ID) is None


async def test_tables_of_a_lines_own_are_dropped() -> None:
    router = await with_retired_line("100", ROUTER_TRACKING="per-line")
    router.azure.pass_time(100)
    await clean_up(router)
    assert router.azure.purged == ["tables", "large messages"]


async def test_tables_that_another_line_names_are_not_dropped() -> None:
    """They should be the line's own, but what was written by hand must not cost another's rows."""
    router = await with_retired_line("100", ROUTER_TRACKING="per-line")
    other = await router.add_line_apart(LineId(2, 0), "x", Owner("Hub2x0", "Running", NOON))
    assert other.hub is not None
    shared = replace(other.hub, store="/hub1x0")
    await router.catalog.replace_line(replace(other, hub=shared))
    router.azure.pass_time(100)
    await clean_up(router)
    assert router.azure.purged == ["rows", "large messages"]


async def test_late_call_does_not_drop_the_tables_of_a_line_that_is_up() -> None:
    router = await with_retired_line("100", ROUTER_TRACKING="per-line")
    router.azure.pass_time(100)
    await retention.tick(router.context, LINE_ID)
    line = await get_line(router.catalog, LINE_ID)
    assert line.operation is not None
    operation = await router.catalog.operation(line.operation)
    assert operation is not None
    late = Work(router.context, operation, line)
    await router.finish_operations()
    router.azure.purged.clear()
    with pytest.raises(Changed):
        await retention.delete_rows(late)
    assert router.azure.purged == []


async def test_rows_are_not_deleted_in_another_account(router: InMemoryRouter) -> None:
    router.restart(ROUTER_TRACKING_STORAGE="others")
    router.azure.pass_time(100)
    await retention.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert router.azure.purged == []
    assert line.error is not None
    assert "its rows are in /OrdersLines" in line.error


async def test_rows_of_a_later_life_of_the_line_are_spared(router: InMemoryRouter) -> None:
    """A call that was held up may continue when the line is up again."""
    line = await get_line(router.catalog, LINE_ID)
    assert line.teardown_report is not None
    asked: list[object] = []

    async def note(*_: object, before: object) -> None:
        asked.append(before)

    router.azure.before("delete_rows", note)
    router.azure.pass_time(100)
    await clean_up(router)
    assert asked == [line.teardown_report.at]


async def test_rows_of_unfinished_instances_are_kept(router: InMemoryRouter) -> None:
    router.azure.answer("delete_rows", Purged(0, unfinished=2))
    router.azure.pass_time(100)
    await retention.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert "2 instances of line 1.0 in the tables" in str(line.error)
    assert line.teardown_report is not None
    assert line.teardown_report.purged_at is None


async def test_deletion_of_rows_continues_in_another_call() -> None:
    """A call must end before Azure ends the worker."""
    router = await with_retired_line(str(30 * DAY))
    router.azure.pass_time(30 * DAY)
    router.azure.row_slices = 3
    await clean_up(router)
    assert router.azure.cursors[-3:] == [None, "2 left", "1 left"]


async def test_deletion_of_claims_continues_in_another_call(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        await claim(router, name)
    router.azure.pass_time(101)
    monkeypatch.setattr(retention, "_CALL_SECONDS", -1)
    await clean_up(router)
    assert await left(router) == set()
    assert [call[1] for call in router.catalog.calls("claims")] == [None, "b", "c"]


async def test_cleanup_keeps_claims_that_a_start_still_needs(router: InMemoryRouter) -> None:
    await claim(router, "long ago")
    await claim(router, "of another line", LineId(1, 1))
    await accept(router.context, StartRequest(RequestedVersion(LINE_ID), "order", "parked", "1"))
    router.azure.pass_time(101)
    await claim(router, "just now")
    await clean_up(router)
    assert await left(router) == {"of another line", "parked", "just now"}
    assert park_id("parked") in router.orchestrations.running


async def test_claim_renewed_while_it_is_checked_is_kept(router: InMemoryRouter) -> None:
    held = await claim(router, "order-17")
    router.azure.pass_time(101)

    async def renew(_: str) -> None:
        await router.catalog.replace_claim(held)

    router.azure.before("owner", renew)
    await clean_up(router)
    assert await left(router) == {"order-17"}


async def test_purging_an_instance_drops_its_claim(router: InMemoryRouter) -> None:
    for name in ("order-17", "order-18"):
        await claim(router, name)
        router.azure.owners[name] = Owner("Hub1x0", "Completed", NOON)
    router.azure.pass_time(101)
    await purge(router.context, "order-17")
    assert await left(router) == {"order-18"}


async def test_purge_succeeds_although_its_claim_cannot_be_dropped(router: InMemoryRouter) -> None:
    await claim(router, "order-17")
    router.azure.owners["order-17"] = Owner("Hub1x0", "Completed", NOON)
    router.azure.pass_time(101)
    router.orchestrations.fail("get", Unavailable("hub-unavailable", "away"), skip=1)
    done = await purge(router.context, "order-17")
    assert (done.answer.status, done.line) == (200, LINE_ID)
    assert await left(router) == {"order-17"}
