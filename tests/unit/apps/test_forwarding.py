"""A start is sent until its instance exists, and it exists once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.apps.forwarding import Forwarding, Start, function_disabled
from router.apps.keys import KeyRing
from router.apps.stores import Stores
from router.azure.app_http import HttpUpstream
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Owner
from router.domain.version import LineId
from router.ports import Answer, AppKeys, StatusQuery
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
    """A scripted app: each answer is a status, or "reset" after the instance was created.

    `asleep`: it answers nothing. `arrives`: an earlier start does, once it is
    asked for an instance.
    """

    def __init__(self, *script: int | str) -> None:
        self.script = list(script)
        self.instances: dict[str, Owner] = {}
        self.asked: list[tuple[str, str]] = []
        self.woken = 0
        self.asleep = self.arrives = False

    async def find(self, request: web.Request) -> web.StreamResponse:
        self.woken += 1
        if self.asleep:
            await asyncio.sleep(60)
        if self.arrives:
            self.instances[request.match_info["id"]] = Owner("Orders1x0", "Completed", NOW)
        return web.Response(status=200 if self.instances else 404)

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
    """A platform that returns a new key each time it is asked."""

    def __init__(self) -> None:
        self.listed = 0

    async def app_keys(self, name: str) -> AppKeys:
        self.listed += 1
        return AppKeys("host-key", f"key-{self.listed}")


class ForwardingToApp:
    """Forwarding to the app of one line, over a real HTTP server."""

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
        stores = Stores(pytest.fail, lambda _: app, SETTINGS)
        self.forwarding = Forwarding(apps, stores, marks, SETTINGS.forward_seconds, monotonic)

    async def send(self, instance_id: str, **more: Any) -> str | None:
        before, given = more.pop("before", None), more.pop("given", False)
        start = Start("echo", instance_id, '{"n": 1}', NOW, before, given)
        return await self.forwarding.send(self.line, start, **more)


@pytest.fixture
async def app_line(request: pytest.FixtureRequest) -> AsyncIterator[ForwardingToApp]:
    app = App(*getattr(request, "param", ()))
    application = web.Application()
    path = "/runtime/webhooks/durabletask/orchestrators/{function}/{id}"
    application.router.add_post(path, app.answer)
    instance = "/runtime/webhooks/durabletask/instances/{id}"
    application.router.add_get(instance, app.find)
    upstream = HttpUpstream(1.0)
    async with TestServer(application) as server:
        yield ForwardingToApp(app, server, upstream)
        await upstream.close()


async def test_accepted_start_is_sent_once(app_line: ForwardingToApp) -> None:
    assert await app_line.send(OURS) is None
    path = f"/runtime/webhooks/durabletask/orchestrators/echo/{OURS}"
    assert app_line.app.asked == [(path, "key-1")]


@pytest.mark.parametrize("app_line", [(502,), (503, 503), (504,), (404,), (500,)], indirect=True)
async def test_unready_app_is_retried_with_the_same_id(app_line: ForwardingToApp) -> None:
    assert await app_line.send(OURS) is None
    assert set(app_line.app.instances) == {OURS}


@pytest.mark.parametrize("app_line", [("reset",)], indirect=True)
@pytest.mark.parametrize("instance_id", [OURS, THEIRS])
async def test_arrived_start_is_not_resent_when_its_answer_is_lost(
    app_line: ForwardingToApp, instance_id: str
) -> None:
    assert await app_line.send(instance_id) is None
    assert len(app_line.app.asked) == 1


@pytest.mark.parametrize("app_line", [(503,) * 100], indirect=True)
async def test_absent_app_is_given_up_within_the_time_limit(app_line: ForwardingToApp) -> None:
    assert await app_line.send(OURS) == "the line's app answered 503"
    assert len(app_line.app.asked) > 2
    assert app_line.app.instances == {}


BEFORE = NOW - timedelta(milliseconds=1)
TAKEN, REFUSED = "taken", "instance-exists"


@pytest.mark.parametrize(
    ("given", "repeated", "before", "there", "app_line", "outcome", "asked"),
    [
        # An id that the router made: whatever runs under it belongs to this start.
        (False, False, None, None, (409,), TAKEN, 1),
        (False, False, None, None, (503, 409), TAKEN, 2),
        (False, True, None, None, (409,), TAKEN, 1),
        (False, True, None, NOW, (), TAKEN, 0),
        # An id from a caller: what runs at the first attempt belongs to another start.
        (True, False, None, None, (409,), REFUSED, 1),
        (True, False, None, NOW, (409,), REFUSED, 1),
        (True, False, BEFORE, BEFORE, (409,), REFUSED, 1),
        # Later it belongs to this start, unless it existed before.
        (True, False, None, None, (503, "409, late"), TAKEN, 2),
        (True, False, BEFORE, BEFORE, (503, "409, late"), TAKEN, 2),
        (True, False, BEFORE, BEFORE, (503, 409), REFUSED, 2),
        (True, False, None, NOW, (503,), TAKEN, 1),
        (True, True, None, NOW, (), TAKEN, 0),
        (True, True, BEFORE, NOW, (), TAKEN, 0),
        (True, True, BEFORE, BEFORE, (409,), REFUSED, 1),
        (True, True, BEFORE, BEFORE, (202,), TAKEN, 1),
        # What ran has ended in between, so this start can run.
        (True, False, None, None, (503, 409, 202), TAKEN, 3),
        (True, True, None, None, (409, 202), TAKEN, 2),
    ],
    indirect=["app_line"],
)
@pytest.mark.parametrize("instance_id", [OURS, THEIRS])
async def test_conflict_is_resolved_by_whose_instance_runs(
    app_line: ForwardingToApp,
    given: bool,
    repeated: bool,
    before: datetime | None,
    there: datetime | None,
    outcome: str,
    asked: int,
    instance_id: str,
) -> None:
    """`there`: when the stored instance was created. Its form does not say who chose the id."""
    if there:
        app_line.app.instances[instance_id] = Owner("Orders1x0", "Running", there)
    try:
        why_not = await app_line.send(instance_id, given=given, repeated=repeated, before=before)
        found = TAKEN if why_not is None else why_not
    except Refusal as refusal:
        found = refusal.code
    assert (found, len(app_line.app.asked)) == (outcome, asked)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("The function 'x' doesn't exist, is disabled, or is not an orchestrator function.", True),
        ("Invalid JSON content", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("status", [400, 404])
def test_disabled_function_is_recognized(status: int, body: str, expected: bool) -> None:
    refusal = function_disabled(Answer(status, {}, json.dumps({"Message": body}).encode()))
    found = refusal and (refusal.status, refusal.code)
    assert found == ((409, "function-disabled") if expected and status == 400 else None)


@pytest.mark.parametrize("app_line", [(400,)], indirect=True)
async def test_start_that_the_app_rejects_is_refused(app_line: ForwardingToApp) -> None:
    with pytest.raises(Refusal) as refused:
        await app_line.send(OURS)
    assert (refused.value.status, refused.value.code) == (400, "start-refused")


async def test_repeated_start_is_looked_up_before_it_is_sent(app_line: ForwardingToApp) -> None:
    app_line.app.instances[OURS] = Owner("Orders1x0", "Completed", NOW)
    assert await app_line.send(OURS, repeated=True) is None
    assert app_line.app.asked == []


async def test_older_instance_is_not_taken_for_the_start(
    app_line: ForwardingToApp,
) -> None:
    """It ended just before, and this start creates another one."""
    a_moment_ago = NOW - timedelta(milliseconds=1)
    app_line.app.instances[THEIRS] = Owner("Orders1x0", "Completed", a_moment_ago)
    assert await app_line.send(THEIRS, before=a_moment_ago, repeated=True) is None
    assert len(app_line.app.asked) == 1
    assert await app_line.send(THEIRS, before=a_moment_ago, repeated=True) is None
    assert len(app_line.app.asked) == 1


async def test_start_is_not_sent_when_the_snapshot_is_too_old(
    app_line: ForwardingToApp,
) -> None:
    """The line's app may be being deleted by now."""
    long_ago = asyncio.get_running_loop().time() - SETTINGS.forward_seconds
    why_not = await app_line.send(OURS, known_at=long_ago)
    assert why_not == "no time was left to ask the line's app"
    assert app_line.app.asked == []


async def test_start_is_not_sent_to_an_app_that_sleeps(app_line: ForwardingToApp) -> None:
    """It would be run late, perhaps after another attempt."""
    app_line.app.asleep = True
    why_not = await app_line.send(OURS)
    assert why_not is not None
    assert why_not.endswith("in time")
    assert app_line.app.asked == []


async def test_start_that_arrives_while_its_app_wakes_is_not_resent(
    app_line: ForwardingToApp,
) -> None:
    app_line.app.arrives = True
    assert await app_line.send(OURS, repeated=True) is None
    assert app_line.app.asked == []


async def test_app_that_has_just_answered_is_not_woken(app_line: ForwardingToApp) -> None:
    assert await app_line.send(OURS) is None
    assert await app_line.send(OURS.replace("0" * 32, "1" * 32)) is None
    assert (app_line.app.woken, len(app_line.app.asked)) == (1, 2)
