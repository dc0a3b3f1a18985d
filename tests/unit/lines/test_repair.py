"""An app that could not be put back as it was: its line says so, and it is repaired until it is."""

import pytest
from semver import Version

from router.domain.model import OperationKind, Release
from router.line_rows import get_line
from router.lines import monitor
from router.operations import runner
from router.operations.begin import begin
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

PATCH = Version(1, 0, 2)


@pytest.fixture
async def scene() -> Scene:
    """A line in service with 1.0.0, on which nothing can be deployed any more."""
    made = Scene(MemoryCatalog())
    await made.register()
    await begin(made.context, ONE, OperationKind.PROVISION, Version(1, 0, 0))
    await made.settled()
    made.world.no_deployment = "no room"
    return made


async def watched(scene: Scene) -> str | None:
    """What holds the line after a look at it."""
    await monitor.tick(scene.context, ONE)
    return (await get_line(scene.context.catalog, ONE)).operation


async def test_a_patch_that_cannot_be_put_back_is_repaired_again_and_again(scene: Scene) -> None:
    await begin(scene.context, ONE, OperationKind.PATCH, PATCH)
    line = await scene.settled()
    assert (line.needs_repair, line.release, line.failed_releases) == (
        True,
        Version(1, 0, 0),
        (PATCH,),
    )
    assert await watched(scene) == "repair-1-0-3"
    assert (await scene.settled()).needs_repair
    scene.world.no_deployment = None
    assert await watched(scene) == "repair-1-0-4"
    mended = await scene.settled()
    assert (mended.needs_repair, mended.release, mended.error) == (False, Version(1, 0, 0), None)
    assert await watched(scene) is None


async def test_a_patch_that_was_put_back_leaves_nothing_to_repair(scene: Scene) -> None:
    await begin(scene.context, ONE, OperationKind.PATCH, PATCH)
    while (held := await scene.catalog.operation("patch-1-0-2")) is None or held.error is None:
        await scene.walk()
    scene.world.no_deployment = None
    line = await scene.settled()
    assert (line.needs_repair, line.failed_releases) == (False, (PATCH,))
    assert await watched(scene) is None


async def test_a_new_patch_is_not_blamed_for_a_repair_that_failed(scene: Scene) -> None:
    newer = Release(Version(1, 0, 3), "ab", 1, NOON)
    await begin(scene.context, ONE, OperationKind.REPAIR, None)
    await scene.catalog.add_release(newer)
    line = await scene.settled()
    assert (line.needs_repair, line.failed_releases) == (True, ())
    scene.world.no_deployment = None
    assert await watched(scene) == "repair-1-0-3"
    await scene.settled()
    await runner.end(scene.context, "repair-1-0-3")
    assert (await scene.settled()).release == newer.version
