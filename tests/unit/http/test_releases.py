"""A release is removed over HTTP, once."""

import azure.functions as func
import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.model import Release
from router.http.releases import delete_release
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter


def request(version: str, query: str = "") -> func.HttpRequest:
    url = f"https://router.test/api/releases/{version}{query}"
    return func.HttpRequest("DELETE", url, route_params={"version": version}, body=b"")


async def test_removed_release_is_unknown_afterwards(router: InMemoryRouter) -> None:
    await router.catalog.add_release(Release(Version(1, 0, 9), "cd", 1, NOON))
    router.azure.pass_time(1)
    answer = await delete_release(router.context, request("1.0.9", "?reason=too%20early"))
    assert (answer.status_code, answer.headers["X-App-Line"]) == (204, "1.0")
    [event] = await router.catalog.events(LINE_ID, 1)
    assert event.what == "release 1.0.9 removed, because: too early"
    with pytest.raises(Refusal) as refused:
        await delete_release(router.context, request("1.0.9"))
    assert (refused.value.status, refused.value.code) == (404, "unknown-version")


async def test_release_in_place_is_not_removed(router: InMemoryRouter) -> None:
    line = await router.catalog.line(LINE_ID)
    assert line is not None
    with pytest.raises(Refusal) as refused:
        await delete_release(router.context, request(str(line.release)))
    assert (refused.value.status, refused.value.code) == (409, "release-in-use")
    assert refused.value.about == "1.0"
