"""An app that could not be put back as it was: its line says so, and it is repaired until it is."""

from typing import Any

import pytest
from semver import Version

from router.domain.model import OperationKind, Release
from router.lines.monitor import watch
from router.operations import runner
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

PATCH = Version(1, 0, 2)


@pytest.fixture
async def scene(run: Any) -> Scene:
    """A line in service with 1.0.0, on which nothing can be deployed any more."""
    made = Scene(MemoryCatalog())
    await made.register()
    await made.services.operations.begin(ONE, OperationKind.PROVISION, Version(1, 0, 0), run)
    await made.settled(run)
    made.world.no_deployment = "no room"
    return made


async def watched(scene: Scene, run: Any) -> str | None:
    """What holds the line after a look at it."""
    await watch(scene.services, ONE, run)
    return (await scene.services.operations.line(ONE)).operation


async def test_a_patch_that_cannot_be_put_back_is_repaired_again_and_again(
    scene: Scene, run: Any
) -> None:
    await scene.services.operations.begin(ONE, OperationKind.PATCH, PATCH, run)
    line = await scene.settled(run)
    assert (line.needs_repair, line.release, line.failed_releases) == (
        True,
        Version(1, 0, 0),
        (PATCH,),
    )
    assert await watched(scene, run) == "repair-1-0-3"
    assert (await scene.settled(run)).needs_repair
    scene.world.no_deployment = None
    assert await watched(scene, run) == "repair-1-0-4"
    mended = await scene.settled(run)
    assert (mended.needs_repair, mended.release, mended.error) == (False, Version(1, 0, 0), None)
    assert await watched(scene, run) is None


async def test_a_patch_that_was_put_back_leaves_nothing_to_repair(scene: Scene, run: Any) -> None:
    await scene.services.operations.begin(ONE, OperationKind.PATCH, PATCH, run)
    while (held := await scene.catalog.operation("patch-1-0-2")) is None or held.error is None:
        await scene.walk(run)
    scene.world.no_deployment = None
    line = await scene.settled(run)
    assert (line.needs_repair, line.failed_releases) == (False, (PATCH,))
    assert await watched(scene, run) is None


async def test_a_new_patch_is_not_blamed_for_a_repair_that_failed(scene: Scene, run: Any) -> None:
    newer = Release(Version(1, 0, 3), "ab", 1, NOON)
    await scene.services.operations.begin(ONE, OperationKind.REPAIR, None, run)
    await scene.catalog.add_release(newer)
    line = await scene.settled(run)
    assert (line.needs_repair, line.failed_releases) == (True, ())
    scene.world.no_deployment = None
    assert await watched(scene, run) == "repair-1-0-3"
    await scene.settled(run)
    await runner.end(scene.services, "repair-1-0-3", run)
    assert (await scene.settled(run)).release == newer.version
