"""A release that was never put in place can be removed, and old packages are deleted."""

from dataclasses import replace

import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import OperationKind, Release
from router.line_rows import get_line
from router.operations.begin import begin
from router.releases.removal import remove
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter


def release(patch: int, sha256: str | None = None) -> Release:
    return Release(Version(1, 0, patch), sha256 or f"sha{patch}", 1, NOON, on_request=True)


async def line_on(router: InMemoryRouter, patch: int) -> None:
    """Put a release in place, all lower ones registered as well."""
    await router.provision()
    for number in range(3, patch + 1):
        await router.catalog.add_release(release(number))
        await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, number))
        await router.finish_operations()


async def refused(router: InMemoryRouter, version: Version) -> str:
    found = await router.catalog.release(version)
    assert found is not None
    with pytest.raises(Refusal) as error:
        await remove(router.context, found)
    assert error.value.status == 409
    assert await router.catalog.release(version) == found
    return error.value.code


async def test_removed_release_is_gone_with_its_package() -> None:
    router = InMemoryRouter()
    await line_on(router, 3)
    await router.catalog.add_release(release(4))
    await remove(router.context, release(4), "a typo in its version")
    assert await router.catalog.release(Version(1, 0, 4)) is None
    assert router.azure.dropped[-1] == "sha4"
    assert "release 1.0.4 removed, because: a typo in its version" in [
        event.what for event in await router.catalog.events(LINE_ID)
    ]


async def test_package_that_another_release_needs_is_kept() -> None:
    router = InMemoryRouter()
    await line_on(router, 3)
    for each in (release(4, "same"), release(5, "same"), release(6, "sha3")):
        await router.catalog.add_release(each)
    await remove(router.context, release(4, "same"))
    await remove(router.context, release(6, "sha3"))
    assert not {"same", "sha3"} & set(router.azure.dropped)
    await remove(router.context, release(5, "same"))
    assert router.azure.dropped[-1] == "same"


async def test_release_in_place_or_older_or_in_flight_is_not_removed() -> None:
    router = InMemoryRouter()
    await line_on(router, 4)
    for patch in (4, 3):
        assert await refused(router, Version(1, 0, patch)) == "release-in-use"
    await router.catalog.add_release(release(5))
    await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 5))
    assert await refused(router, Version(1, 0, 5)) == "release-in-use"


async def test_release_of_a_retired_line_that_ran_is_kept() -> None:
    router = InMemoryRouter()
    await line_on(router, 3)
    line = await get_line(router.catalog, LINE_ID)
    for state in (LineState.DRAINING, LineState.RETIRING, LineState.RETIRED):
        line = await router.catalog.replace_line(replace(line, state=state))
    assert await refused(router, Version(1, 0, 3)) == "release-in-use"


async def test_deployment_that_begins_in_between_keeps_the_release() -> None:
    router = InMemoryRouter()
    await line_on(router, 3)
    await router.catalog.add_release(release(4))

    async def deploys(*_: object) -> None:
        await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 4))

    router.catalog.before("drop_release", deploys)
    assert await refused(router, Version(1, 0, 4)) == "release-in-use"
    router.catalog.restore("drop_release")
    assert "sha4" not in router.azure.dropped
    line = await router.finish_operations()
    assert line.release == Version(1, 0, 4)


async def test_failed_release_can_be_registered_again_with_other_bytes() -> None:
    router = InMemoryRouter()
    await line_on(router, 3)
    await router.catalog.add_release(release(4))
    await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 4))
    while (held := await router.catalog.operation("patch-1-0-3")) is None or held.error is None:
        router.azure.deployment_error = "no room"
        await router.run_next_step()
    router.azure.deployment_error = None
    assert (await router.finish_operations()).failed_releases == (Version(1, 0, 4),)
    await remove(router.context, release(4))
    assert (await get_line(router.catalog, LINE_ID)).failed_releases == ()


async def test_packages_that_a_line_never_returns_to_are_deleted() -> None:
    router = InMemoryRouter()
    await line_on(router, 4)
    assert "sha3" in router.azure.dropped
    assert "sha4" not in router.azure.dropped
    assert not [name for name in router.azure.packages if name.startswith("1.0-")]
