"""A patch counts the instances of its line that failed while it was deployed."""

import asyncio
from typing import Any

import pytest
from semver import Version

from router.domain.errors import PlatformFailed, Unreadable
from router.domain.model import Operation, OperationKind, Release
from router.operations import failures, runner
from router.operations.begin import begin
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PATCH = Version(1, 0, 9)


@pytest.fixture
async def router() -> InMemoryRouter:
    router = InMemoryRouter()
    await router.provision()
    return router


async def patch(router: InMemoryRouter) -> Operation:
    await router.catalog.add_release(Release(PATCH, "ab", 1, NOON, on_request=True))
    operation = await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.finish_operations()
    await runner.end(router.context, operation.id)
    ended = await router.catalog.operation(operation.id)
    assert ended is not None
    return ended


async def events(router: InMemoryRouter) -> str:
    return "\n".join(each.what for each in await router.catalog.events(LINE_ID, 10))


async def test_failed_instances_are_counted_and_shown(router: InMemoryRouter) -> None:
    router.azure.failures = 3
    ended = await patch(router)
    assert ended.failed_instances == 3
    deploying = next(step for step in ended.steps if step.name == "deploy_package")
    assert router.azure.calls("failed") == [
        ("Hub1x0", deploying.started_at, ended.steps[-1].ended_at)
    ]
    assert "succeeded (3 instances failed during it)" in await events(router)


async def test_patch_that_is_put_back_counts_as_well(router: InMemoryRouter) -> None:
    router.azure.failures = 1
    router.azure.fail("deploy", PlatformFailed("refused"), times=1)
    ended = await patch(router)
    assert (ended.failed_instances, bool(ended.error)) == (1, True)
    assert "failed (1 instance failed during it): refused" in await events(router)


async def test_count_is_unknown_if_it_cannot_be_made(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    router.azure.fail("failed", Unreadable("the table is away"))
    ended = await patch(router)
    assert ended.failed_instances is None

    async def never(*_: Any) -> None:
        await asyncio.sleep(600)

    monkeypatch.setattr(failures, "_SECONDS", 0.01)
    router.azure.before("failed", never)
    line = await router.context.catalog.line(LINE_ID)
    assert line is not None
    assert await failures.counted(router.context, ended, line) == ended


async def test_patch_that_cannot_be_put_back_counts_as_well(router: InMemoryRouter) -> None:
    router.azure.failures = 2
    router.azure.fail("deploy", PlatformFailed("refused"))
    ended = await patch(router)
    assert "Rolling back failed as well" in str(ended.error)
    assert ended.failed_instances == 2


async def test_only_a_patch_counts(router: InMemoryRouter) -> None:
    assert router.azure.calls("failed") == []
