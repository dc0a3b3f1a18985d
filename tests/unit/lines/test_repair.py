"""An app that could not be put back as it was: its line says so, and it is repaired until it is."""

import pytest
from semver import Version

from router.domain.model import OperationKind, Release
from router.line_rows import get_line
from router.lines import monitor
from router.operations import runner
from router.operations.begin import begin
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PATCH = Version(1, 0, 2)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A line in service with 1.0.0, on which nothing can be deployed any more."""
    router = InMemoryRouter()
    await router.register()
    await begin(router.context, LINE_ID, OperationKind.PROVISION, Version(1, 0, 0))
    await router.finish_operations()
    router.azure.deployment_error = "no room"
    return router


async def watched(router: InMemoryRouter) -> str | None:
    """What holds the line after a look at it."""
    await monitor.tick(router.context, LINE_ID)
    return (await get_line(router.context.catalog, LINE_ID)).operation


async def test_a_patch_that_cannot_be_put_back_is_repaired_again_and_again(
    router: InMemoryRouter,
) -> None:
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    line = await router.finish_operations()
    assert (line.needs_repair, line.release, line.failed_releases) == (
        True,
        Version(1, 0, 0),
        (PATCH,),
    )
    assert await watched(router) == "repair-1-0-3"
    assert (await router.finish_operations()).needs_repair
    router.azure.deployment_error = None
    assert await watched(router) == "repair-1-0-4"
    mended = await router.finish_operations()
    assert (mended.needs_repair, mended.release, mended.error) == (False, Version(1, 0, 0), None)
    assert await watched(router) is None


async def test_a_patch_that_was_put_back_leaves_nothing_to_repair(router: InMemoryRouter) -> None:
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    while (held := await router.catalog.operation("patch-1-0-2")) is None or held.error is None:
        await router.run_next_step()
    router.azure.deployment_error = None
    line = await router.finish_operations()
    assert (line.needs_repair, line.failed_releases) == (False, (PATCH,))
    assert await watched(router) is None


async def test_a_new_patch_is_not_blamed_for_a_repair_that_failed(router: InMemoryRouter) -> None:
    newer = Release(Version(1, 0, 3), "ab", 1, NOON)
    await begin(router.context, LINE_ID, OperationKind.REPAIR, None)
    await router.catalog.add_release(newer)
    line = await router.finish_operations()
    assert (line.needs_repair, line.failed_releases) == (True, ())
    router.azure.deployment_error = None
    assert await watched(router) == "repair-1-0-3"
    await router.finish_operations()
    await runner.end(router.context, "repair-1-0-3")
    assert (await router.finish_operations()).release == newer.version
