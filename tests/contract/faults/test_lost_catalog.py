"""A catalog that was lost is told from a new one, and rebuilt from what Azure and packages tell."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from semver import Version

from router.apps import spec
from router.apps.forwarding import Start
from router.azure.storage.catalog import TableCatalog
from router.domain.errors import Unavailable
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.model import Line, Release
from router.domain.version import LineId
from router.line_rows import get_line
from router.lines import monitor
from router.recovery.service import recover
from tests.contract.faults.calls import PATCH, PROVISION, RETIRE, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import LINE, Scene

LOST = ("catalog-lost", 503, 5)


async def lose_catalog(scene: Scene) -> None:
    catalog = scene.context.catalog
    assert isinstance(catalog, TableCatalog)
    await catalog._storage.tables.delete_table(catalog._name)


async def refusal(scene: Scene) -> tuple[str, int, int | None]:
    with pytest.raises(Unavailable) as caught:
        await scene.context.snapshots.refresh()
    return caught.value.code, caught.value.status, caught.value.retry_after


async def mended(scene: Scene) -> Line:
    """The line, after what holds it has been walked to its end."""
    operation = (await scene.line()).operation
    assert operation is not None
    assert (await scene.walk(operation)).error is None
    return await scene.line()


async def test_the_monitor_rebuilds_a_lost_catalog_and_nothing_is_deleted(scene: Scene) -> None:
    await scene.register("1.0.0")
    await scene.register("1.0.1")
    await scene.register("2.0.0")
    assert (await live(scene, PROVISION)).error is None
    assert (await live(scene, PATCH)).error is None
    before, releases = await scene.line(), await scene.context.catalog.releases()
    await lose_catalog(scene)
    assert (await refusal(scene))[0] == "catalog-unavailable"  # the table is missing
    assert await refusal(scene) == LOST
    with pytest.raises(Unavailable, match="it was lost"):
        await scene.register("3.0.0")
    assert await monitor.tick(scene.context, LINE)
    line = await mended(scene)
    assert line == replace(before, since=line.since, operations=line.operations, etag=line.etag)
    assert line.operations > before.operations
    assert await scene.context.catalog.releases() == releases
    two = await get_line(scene.context.catalog, LineId(2, 0))
    assert (two.state, two.release) == (LineState.REGISTERED, None)
    start = Start("tell", make(LINE, uuid4().hex), "1", scene.context.now())
    forwarding, monotonic = scene.context.forwarding, scene.context.monotonic
    assert await forwarding.send(line, start, known_at=monotonic()) is None


async def test_a_catalog_that_lacks_one_line_gets_it_back_and_keeps_the_others(
    open_scene: Open,
) -> None:
    async with open_scene(ROUTER_AUTO_DRAIN="true") as scene:
        await scene.register("1.0.0")
        assert (await live(scene, PROVISION)).error is None
        await scene.register("1.1.0")
        above = await get_line(scene.context.catalog, LineId(1, 1))
        above = await scene.context.catalog.replace_line(replace(above, state=LineState.ACTIVE))
        catalog = scene.context.catalog
        assert isinstance(catalog, TableCatalog)
        assert catalog._ready is not None
        await catalog._ready.delete_entity("line", "1.0")
        found = await recover(scene.context)
        assert [line.id for line in found.lines] == [LINE]
        assert await catalog.line(above.id) == above
        line = await mended(scene)
        assert (line.state, str(line.release)) == (LineState.DRAINING, "1.0.0")
        again = await recover(scene.context)
        assert (again.lines, again.releases) == ([], [])


async def test_a_catalog_of_more_lines_than_are_added_at_once_is_rebuilt(scene: Scene) -> None:
    await scene.register("1.0.0")
    assert (await live(scene, PROVISION)).error is None
    now = scene.context.now()
    for minor in range(120):
        await scene.context.packages.note(Release(Version(3, minor, 0), "ab", 1, now))
    await lose_catalog(scene)
    assert (await refusal(scene))[0] == "catalog-unavailable"  # the table is missing
    found = await recover(scene.context)
    lines = await scene.context.catalog.lines()
    assert [line.id for line in lines] == [LINE, *(LineId(3, minor) for minor in range(120))]
    assert {line.id for line in found.lines} == {line.id for line in lines}
    assert (await mended(scene)).state is LineState.ACTIVE


async def test_an_empty_catalog_is_new_when_nobody_knows_of_a_line(scene: Scene) -> None:
    assert (await scene.context.snapshots.refresh()).lines == {}


async def test_whether_an_empty_catalog_was_lost_is_not_guessed(scene: Scene) -> None:
    for status in (403, 500):
        await scene.suffer(("GET", "resources"), "status", status=status)
        assert (await refusal(scene))[0] == "catalog-unavailable"
    assert (await scene.context.snapshots.refresh()).lines == {}


async def test_what_is_left_over_in_azure_is_told_once_and_left_alone(scene: Scene) -> None:
    await scene.register("1.0.0")
    await scene.register("2.0.0")
    assert (await live(scene, PROVISION)).error is None
    assert (await live(scene, RETIRE)).error is None
    app_spec = spec.app_spec(await scene.line(), scene.context.settings)
    assert await scene.context.platform.put_plan(app_spec)
    assert (await scene.run(PROVISION, "2.0.0")).error is None
    told = f"{app_spec.plan} is left over in Azure and unused: delete it there"
    assert await watched(scene) == []  # Azure's lists may be some minutes behind
    scene.clock.ahead = timedelta(seconds=scene.context.settings.step_seconds + 1)
    assert [await watched(scene) for _ in range(2)] == [[told], [told]]
    assert await scene.context.platform.remaining(LINE) == [
        f"Microsoft.Web/serverfarms/{app_spec.plan}"
    ]


async def watched(scene: Scene) -> list[str]:
    """What line 1.0 is told to have left over, after a lap of the monitor of line 2.0."""
    assert await monitor.tick(scene.context, LineId(2, 0))
    events = await scene.context.catalog.events(LINE)
    return [event.what for event in events if "left over" in event.what]
