"""A lost catalog is distinguished from a new one, and rebuilt from Azure and the packages."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from semver import Version

from router.apps import spec
from router.apps.forwarding import Start
from router.azure.storage.account import Storage
from router.domain import resource_names
from router.domain.errors import Unavailable
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.model import Line, Release
from router.domain.version import LineId
from router.line_rows import get_line
from router.lines import monitor
from router.recovery.service import recover
from tests.contract.faults.calls import PATCH, PROVISION, RETIRE, run_after_restart
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import LINE, Environment

LOST = ("catalog-lost", 503, 5)


async def lose_catalog(environment: Environment) -> None:
    settings = environment.context.settings
    storage = Storage(settings.storage)
    await storage.tables.delete_table(resource_names.catalog_table(settings.app_name))
    await storage.close()


async def lose_line(environment: Environment, line: LineId) -> None:
    settings = environment.context.settings
    storage = Storage(settings.storage)
    table = storage.tables.get_table_client(resource_names.catalog_table(settings.app_name))
    await table.delete_entity("line", str(line))
    await storage.close()


async def refusal(environment: Environment) -> tuple[str, int, int | None]:
    with pytest.raises(Unavailable) as caught:
        await environment.context.snapshots.refresh()
    return caught.value.code, caught.value.status, caught.value.retry_after


async def repaired(environment: Environment) -> Line:
    """Return the line after the operation that holds it has ended."""
    operation = (await environment.line()).operation
    assert operation is not None
    assert (await environment.run_to_end(operation)).error is None
    return await environment.line()


async def test_monitor_rebuilds_a_lost_catalog(environment: Environment) -> None:
    await environment.register("1.0.0")
    await environment.register("1.0.1")
    await environment.register("2.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    assert (await run_after_restart(environment, PATCH)).error is None
    before, releases = await environment.line(), await environment.context.catalog.releases()
    await lose_catalog(environment)
    assert (await refusal(environment))[0] == "catalog-unavailable"  # the table is missing
    assert await refusal(environment) == LOST
    with pytest.raises(Unavailable, match="it was lost"):
        await environment.register("3.0.0")
    assert await monitor.tick(environment.context, LINE)
    line = await repaired(environment)
    assert line == replace(before, since=line.since, operations=line.operations, etag=line.etag)
    assert line.operations > before.operations
    assert await environment.context.catalog.releases() == releases
    two = await get_line(environment.context.catalog, LineId(2, 0))
    assert (two.state, two.release) == (LineState.REGISTERED, None)
    start = Start("echo", make(LINE, uuid4().hex), "1", environment.context.now())
    forwarding, monotonic = environment.context.forwarding, environment.context.monotonic
    assert await forwarding.send(line, start, known_at=monotonic()) is None


async def test_lost_line_is_added_and_other_lines_are_kept(open_environment: Open) -> None:
    async with open_environment(ROUTER_AUTO_DRAIN="true") as environment:
        await environment.register("1.0.0")
        assert (await run_after_restart(environment, PROVISION)).error is None
        await environment.register("1.1.0")
        catalog = environment.context.catalog
        above = await get_line(catalog, LineId(1, 1))
        above = await catalog.replace_line(replace(above, state=LineState.ACTIVE))
        await lose_line(environment, LINE)
        found = await recover(environment.context)
        assert [line.id for line in found.lines] == [LINE]
        assert await catalog.line(above.id) == above
        line = await repaired(environment)
        assert (line.state, str(line.release)) == (LineState.DRAINING, "1.0.0")
        again = await recover(environment.context)
        assert (again.lines, again.releases) == ([], [])


async def test_catalog_of_more_lines_than_a_batch_is_rebuilt(environment: Environment) -> None:
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    now = environment.context.now()
    for minor in range(120):
        await environment.context.packages.note(Release(Version(3, minor, 0), "ab", 1, now))
    await lose_catalog(environment)
    assert (await refusal(environment))[0] == "catalog-unavailable"  # the table is missing
    found = await recover(environment.context)
    lines = await environment.context.catalog.lines()
    assert [line.id for line in lines] == [LINE, *(LineId(3, minor) for minor in range(120))]
    assert {line.id for line in found.lines} == {line.id for line in lines}
    assert (await repaired(environment)).state is LineState.ACTIVE


async def test_empty_catalog_is_new_if_azure_has_no_line(environment: Environment) -> None:
    assert (await environment.context.snapshots.refresh()).lines == {}


async def test_empty_catalog_is_unavailable_while_azure_is(environment: Environment) -> None:
    """Without Azure's list of resources, a lost catalog would look like a new one."""
    for status in (403, 500):
        await environment.inject(("GET", "sites"), "status", status=status)
        assert (await refusal(environment))[0] == "catalog-unavailable"
    assert (await environment.context.snapshots.refresh()).lines == {}


async def test_leftover_plan_is_reported_once_and_kept(environment: Environment) -> None:
    await environment.register("1.0.0")
    await environment.register("2.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    assert (await run_after_restart(environment, RETIRE)).error is None
    app_spec = spec.app_spec(await environment.line(), environment.context.settings)
    assert await environment.context.platform.put_plan(app_spec)
    assert (await environment.run(PROVISION, "2.0.0")).error is None
    reported = f"{app_spec.plan} is left over in Azure and unused: delete it there"
    assert await leftovers_after_tick(environment) == []  # Azure's lists may lag by some minutes
    environment.clock.ahead = timedelta(seconds=environment.context.settings.step_seconds + 1)
    ticks = [await leftovers_after_tick(environment) for _ in range(2)]
    assert ticks == [[reported], [reported]]
    assert await environment.context.platform.remaining(LINE) == [
        f"Microsoft.Web/serverfarms/{app_spec.plan}"
    ]


async def leftovers_after_tick(environment: Environment) -> list[str]:
    """Run a tick of line 2.0's monitor, and return the events on line 1.0's leftovers."""
    assert await monitor.tick(environment.context, LineId(2, 0))
    events = await environment.context.catalog.events(LINE)
    return [event.what for event in events if "left over" in event.what]
