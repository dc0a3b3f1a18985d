"""Forwarding: the same start, tried until it is there, and there once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.apps.forwarding import Forwarding, Start
from router.apps.keys import KeyRing
from router.azure.app_http import HttpUpstream
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Owner
from router.domain.version import LineId
from router.ports import AppKeys, StatusQuery
from router.settings import Settings
from tests.fakes.catalog import InMemoryCatalog

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OURS = "1-0-" + "0" * 32
THEIRS = "order-17"
SETTINGS = Settings.from_environ(
    {
        "ROUTER_APP_NAME": "orders",
        "ROUTER_STORAGE": "UseDevelopmentStorage=true",
        "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
        "ROUTER_RESOURCE_GROUP": "orders",
        "ROUTER_LOCATION": "westeurope",
        "ROUTER_LINK_SECRETS": "x" * 32,
        "ROUTER_UPSTREAM_SCHEME": "http",
        "ROUTER_FORWARD_SECONDS": "2",
    }
)


class App:
    """An app that answers as it is told: a status, or "reset" once the instance is made."""

    def __init__(self, *script: int | str) -> None:
        self.script = list(script)
        self.instances: dict[str, Owner] = {}
        self.asked: list[tuple[str, str]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, request.headers["x-functions-key"]))
        todo = self.script.pop(0) if self.script else 202
        instance_id = request.match_info["id"]
        if todo in (202, "reset", "409, late"):
            self.instances[instance_id] = Owner("Orders1x0", "Running", NOW)
        if todo == "reset":
            assert request.transport is not None
            request.transport.abort()
            todo = 500
        return web.Response(status=int(todo[:3]) if isinstance(todo, str) else todo)

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        raise NotImplementedError

    async def owner(self, instance_id: str) -> Owner | None:
        """The tracking store that the app writes."""
        return self.instances.get(instance_id)

    async def purge(self, instance_id: str) -> bool:
        raise NotImplementedError


class Keys:
    """A platform that only knows keys, a new one each time it is asked."""

    def __init__(self) -> None:
        self.listed = 0

    async def app_keys(self, name: str) -> AppKeys:
        self.listed += 1
        return AppKeys("host-key", f"key-{self.listed}")


class Scene:
    """Forwarding to one app, with what it needs."""

    def __init__(self, app: App, server: BaseTestServer, upstream: HttpUpstream) -> None:
        monotonic = asyncio.get_running_loop().time
        self.app = app
        self.line = Line(
            LineId(1, 0),
            LineState.ACTIVE,
            NOW,
            "app",
            "plan",
            "Orders1x0",
            host_name=f"{server.host}:{server.port}",
        )
        keys = KeyRing(Keys(), monotonic)  # type: ignore[arg-type]
        marks = DrainMarks(InMemoryCatalog(), 1.0, lambda: NOW)
        apps = AppClient(upstream, keys, SETTINGS, monotonic)
        self.forwarding = Forwarding(apps, app, marks, SETTINGS.forward_seconds, monotonic)

    async def send(self, instance_id: str, **more: Any) -> str | None:
        before, given = more.pop("before", None), more.pop("given", False)
        start = Start("tell", instance_id, '{"n": 1}', NOW, before, given)
        return await self.forwarding.send(self.line, start, **more)


@pytest.fixture
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    app = App(*getattr(request, "param", ()))
    application = web.Application()
    path = "/runtime/webhooks/durabletask/orchestrators/{function}/{id}"
    application.router.add_post(path, app.answer)
    upstream = HttpUpstream(1.0)
    async with TestServer(application) as server:
        yield Scene(app, server, upstream)
        await upstream.close()


async def test_a_start_that_is_taken_at_once_is_sent_once(scene: Scene) -> None:
    assert await scene.send(OURS) is None
    path = f"/runtime/webhooks/durabletask/orchestrators/tell/{OURS}"
    assert scene.app.asked == [(path, "key-1")]


@pytest.mark.parametrize("scene", [(502,), (503, 503), (504,), (404,), (500,)], indirect=True)
async def test_an_app_that_is_not_ready_is_tried_again_under_the_same_id(scene: Scene) -> None:
    assert await scene.send(OURS) is None
    assert set(scene.app.instances) == {OURS}


@pytest.mark.parametrize("scene", [("reset",)], indirect=True)
@pytest.mark.parametrize("instance_id", [OURS, THEIRS])
async def test_a_start_that_arrived_although_its_answer_was_lost_is_not_sent_again(
    scene: Scene, instance_id: str
) -> None:
    assert await scene.send(instance_id) is None
    assert len(scene.app.asked) == 1


@pytest.mark.parametrize("scene", [(503,) * 100], indirect=True)
async def test_an_app_that_stays_away_is_given_up_in_time(scene: Scene) -> None:
    assert await scene.send(OURS) == "the line's app answered 503"
    assert len(scene.app.asked) > 2
    assert scene.app.instances == {}


BEFORE = NOW - timedelta(milliseconds=1)
TAKEN, REFUSED = "taken", "instance-exists"


@pytest.mark.parametrize(
    ("given", "repeated", "before", "there", "scene", "outcome", "asked"),
    [
        # An id of the router's own: whatever runs under it is this start's.
        (False, False, None, None, (409,), TAKEN, 1),
        (False, False, None, None, (503, 409), TAKEN, 2),
        (False, True, None, None, (409,), TAKEN, 1),
        (False, True, None, NOW, (), TAKEN, 0),
        # A caller's: what runs at the first attempt is another start's.
        (True, False, None, None, (409,), REFUSED, 1),
        (True, False, None, NOW, (409,), REFUSED, 1),
        (True, False, BEFORE, BEFORE, (409,), REFUSED, 1),
        # Later it is this start's, unless it was there before.
        (True, False, None, None, (503, "409, late"), TAKEN, 2),
        (True, False, BEFORE, BEFORE, (503, "409, late"), TAKEN, 2),
        (True, False, BEFORE, BEFORE, (503, 409), REFUSED, 2),
        (True, False, None, NOW, (503,), TAKEN, 1),
        (True, True, None, NOW, (), TAKEN, 0),
        (True, True, BEFORE, NOW, (), TAKEN, 0),
        (True, True, BEFORE, BEFORE, (409,), REFUSED, 1),
        (True, True, BEFORE, BEFORE, (202,), TAKEN, 1),
        # What ran has gone meanwhile: there is room for this start.
        (True, False, None, None, (503, 409, 202), TAKEN, 3),
        (True, True, None, None, (409, 202), TAKEN, 2),
    ],
    indirect=["scene"],
)
@pytest.mark.parametrize("instance_id", [OURS, THEIRS])
async def test_whose_instance_it_is_that_the_app_says_runs(
    scene: Scene,
    given: bool,
    repeated: bool,
    before: datetime | None,
    there: datetime | None,
    outcome: str,
    asked: int,
    instance_id: str,
) -> None:
    """`there`: when what the store has of the id was made. What an id looks like says nothing of
    who gave it."""
    if there:
        scene.app.instances[instance_id] = Owner("Orders1x0", "Running", there)
    try:
        why_not = await scene.send(instance_id, given=given, repeated=repeated, before=before)
        found = TAKEN if why_not is None else why_not
    except Refusal as refusal:
        found = refusal.code
    assert (found, len(scene.app.asked)) == (outcome, asked)


@pytest.mark.parametrize("scene", [(400,)], indirect=True)
async def test_what_the_app_refuses_for_good_is_refused(scene: Scene) -> None:
    with pytest.raises(Refusal) as refused:
        await scene.send(OURS)
    assert (refused.value.status, refused.value.code) == (400, "start-refused")


async def test_a_repeated_start_looks_before_it_sends(scene: Scene) -> None:
    scene.app.instances[OURS] = Owner("Orders1x0", "Completed", NOW)
    assert await scene.send(OURS, repeated=True) is None
    assert scene.app.asked == []


async def test_an_older_instance_of_a_callers_id_is_not_taken_for_this_start(scene: Scene) -> None:
    """It had ended before, if only a moment ago; this start begins it anew."""
    a_moment_ago = NOW - timedelta(milliseconds=1)
    scene.app.instances[THEIRS] = Owner("Orders1x0", "Completed", a_moment_ago)
    assert await scene.send(THEIRS, before=a_moment_ago, repeated=True) is None
    assert len(scene.app.asked) == 1
    assert await scene.send(THEIRS, before=a_moment_ago, repeated=True) is None
    assert len(scene.app.asked) == 1


async def test_a_start_is_not_sent_when_too_much_time_has_passed_since_the_line_was_known(
    scene: Scene,
) -> None:
    """By now the line's app may be going."""
    long_ago = asyncio.get_running_loop().time() - SETTINGS.forward_seconds
    why_not = await scene.send(OURS, known_at=long_ago)
    assert why_not == "no time was left to ask the line's app"
    assert scene.app.asked == []
