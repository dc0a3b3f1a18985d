"""The bodies of starts and of events obey the same rules, and what passes arrives unchanged."""

import time
from collections.abc import Awaitable, Callable

import azure.functions as func
import pytest

from router.context import Context
from router.domain.errors import RouterError
from router.domain.model import Owner
from router.http.instances import raise_event
from router.http.starts import start
from router.ports import Answer
from tests.fakes.router import NOON, InMemoryRouter

NAME = "order-17"
Send = Callable[[Context, bytes], Awaitable[object]]


async def as_start(context: Context, body: bytes) -> object:
    route = {"function": "order", "instanceId": ""}
    url = "https://router.test/api/orchestrators/order?version=1.0"
    return await start(context, func.HttpRequest("POST", url, route_params=route, body=body))


async def as_event(context: Context, body: bytes) -> object:
    route = {"instanceId": NAME, "eventName": "go"}
    url = f"https://router.test/api/instances/{NAME}/raiseEvent/go"
    return await raise_event(context, func.HttpRequest("POST", url, route_params=route, body=body))


@pytest.fixture
async def router() -> InMemoryRouter:
    """Return a router whose active line has the instance NAME."""
    router = InMemoryRouter(monotonic=time.monotonic)
    await router.provision()
    await router.context.snapshots.refresh()
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    return router


@pytest.mark.parametrize("send", [as_start, as_event])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad-body"),
        (b"{'a': 1}", "bad-body"),
        (b"[1,]", "bad-body"),
        (b"/* c */ 1", "bad-body"),
        (b"NaN", "bad-body"),
        (b"-Infinity", "bad-body"),
        (b"1e999", "bad-body"),
        (b'"\\ud83d"', "bad-body"),
        (b'"\\ufffe"', "bad-body"),
        (b'{"\\uffff": 1}', "bad-body"),
        (b"\xff\xfe1\x00", "bad-body"),
        (b'"\xed\xa0\x80"', "bad-body"),
        (b"[" * 61 + b"]" * 61, "body-too-deep"),
        (b'"' + b"x" * (1 << 20) + b'"', "body-too-large"),
    ],
)
async def test_body_is_refused_for_the_same_reasons(
    router: InMemoryRouter, send: Send, body: bytes, code: str
) -> None:
    with pytest.raises(RouterError) as refused:
        await send(router.context, body)
    assert refused.value.code == code
    assert router.azure.calls("manage") == router.azure.calls("start") == []


@pytest.mark.parametrize(
    "body",
    [b"null", b"1.10", b"-0", b"1E2", b'"\\u00e9"', b"12345678901234567890123", b'{"a":1,"a":2}'],
)
async def test_accepted_body_arrives_as_it_was_sent(router: InMemoryRouter, body: bytes) -> None:
    router.azure.answer("manage", Answer(202, {}, b""))
    await as_start(router.context, body)
    await as_event(router.context, body)
    assert router.azure.calls("start")[0][3] == body
    assert router.azure.calls("manage")[0][4] == body
