"""A rejected key is listed again once, whichever way the app's host rejects it."""

import itertools
from typing import Any, cast

import pytest

from router.apps.client import AppClient
from router.apps.keys import KeyRing
from router.domain.model import Line
from router.ports import Answer, AppKeys, Platform, Route, Upstream
from tests.fakes.router import LINE_ID, InMemoryRouter


class Rejecting:
    """An app whose key has changed, and the platform that lists both keys."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.keys = ["old==", "new=="]

    async def app_keys(self, name: str) -> AppKeys:
        return AppKeys("host", self.keys.pop(0))

    async def start(self, route: Route, *_: Any, **__: Any) -> Answer:
        return Answer(202 if route.key == "new==" else self.status, {}, b"")

    async def manage(self, route: Route, *_: Any) -> Answer:
        return await self.start(route)


@pytest.fixture(params=[401, 403])
def apps(request: pytest.FixtureRequest) -> AppClient:
    app, clock = Rejecting(request.param), itertools.count(step=6)
    ring = KeyRing(cast("Platform", app), lambda: next(clock))
    return AppClient(cast("Upstream", app), ring, InMemoryRouter().settings, lambda: 0.0)


@pytest.fixture
async def line() -> Line:
    return await InMemoryRouter().register()


async def test_change_is_repeated_with_the_new_key(apps: AppClient, line: Line) -> None:
    assert (await apps.terminate(line, "x", "why")).status == 202


async def test_start_sent_again_has_the_new_key(apps: AppClient, line: Line) -> None:
    answers = [await apps.start(line, "order", "x", b"", until=9) for _ in range(2)]
    assert [each.status if each else None for each in answers][1] == 202
    assert line.id == LINE_ID
