"""A request is refused or arrives whole, whatever a client sends byte by byte."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from harness.local_stack import LocalStack
from harness.router_client import RouterClient
from harness.waiting import line_in, until
from tests.e2e.apps import package

GATEWAY = "jobs.example.org"
SETTINGS = {"ROUTER_TRUST_FORWARDED": "true"}
_START = "/api/orchestrators/echo"


class Door:
    """Sends requests exactly as they are written, with the host key."""

    def __init__(self, stack: LocalStack) -> None:
        self._address = urlsplit(stack.endpoints["router"]).netloc
        self._key = stack.endpoints["keys"]["host"]

    async def send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        return await asyncio.to_thread(self._send, method, path, body, headers)

    async def code(self, method: str, path: str, body: Any = None) -> tuple[int, str | None]:
        status, _, answer = await self.send(method, path, body)
        return status, answer["code"] if answer and status >= 400 else None

    async def status(self, instance_id: str) -> Any:
        return (await self.send("GET", f"/api/instances/{quote(instance_id)}"))[2]

    async def ended(self, instance_id: str) -> Any:
        ends = ("Completed", "Failed", "Terminated")
        return await until(
            lambda: self.status(instance_id), lambda found: found.get("runtimeStatus") in ends
        )

    def _send(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"x-functions-key": self._key, "Content-Type": "application/json"}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        found = response.read()
        connection.close()
        is_json = "json" in (response.getheader("Content-Type") or "")
        answer = json.loads(found) if found and is_json else None
        return response.status, dict(response.headers), answer


@pytest.fixture
def door(stack: LocalStack) -> Door:
    return Door(stack)


@pytest.fixture
async def active(router: RouterClient) -> None:
    """Bring line 1.0 up."""
    await router.register("1.0.0", package("1.0.0"), "?deploy=now")
    await line_in(router, "1.0", "active")


def chunks() -> Iterator[bytes]:
    yield b'{"n": 1}'


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{_START}/chunked?version=1.0.0"),
        ("POST", "/api/instances/x/raiseEvent/go"),
        ("PUT", "/api/releases/1.0.7"),
    ],
)
async def test_chunked_body_is_refused(door: Door, active: None, method: str, path: str) -> None:
    assert await door.code(method, path, chunks()) == (411, "length-required")
    assert (await door.code("GET", "/api/instances/chunked"))[0] == 404


@pytest.mark.parametrize("query", ["?version=", "?version", "?VERSION="])
async def test_empty_version_is_not_the_default(door: Door, active: None, query: str) -> None:
    assert await door.code("POST", _START + query, "{}") == (400, "bad-version")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"name": "smile \\ud83d"}', "bad-body"),
        ('{"text": "a\uffffb"}'.encode(), "bad-body"),
        ("// c\n{}", "bad-body"),
        ("[" * 61 + "]" * 61, "body-too-deep"),
    ],
)
async def test_body_that_would_not_arrive_is_refused(
    door: Door, active: None, body: str | bytes, code: str
) -> None:
    for path in (f"{_START}?version=1.0", "/api/instances/x/raiseEvent/go"):
        assert await door.code("POST", path, body) == (400, code)


@pytest.mark.parametrize("name", ["a%2Bb", "a%2541b", "%20a", "a%20", "order%EF%BF%BE1", "%252e"])
async def test_id_and_event_name_that_would_change_are_refused(
    door: Door, active: None, name: str
) -> None:
    start = await door.code("POST", f"{_START}/{name}?version=1.0", "{}")
    assert start == (400, "bad-instance-id")
    assert await door.code("GET", f"/api/instances/{name}") == start
    assert await door.code("POST", f"/api/instances/{name}/terminate") == start
    event = await door.code("POST", f"/api/instances/x/raiseEvent/{name}", "1")
    assert event == (400, "bad-event-name")


async def test_delete_by_a_dot_purges_nothing(door: Door, active: None) -> None:
    assert (await door.send("POST", f"{_START}/kept?version=1.0", "1"))[0] == 202
    await door.ended("kept")
    for name in (".", "..", "%2e", "%252e", "%25252e", "%2e%2e"):
        for query in ("", "?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Completed"):
            assert (await door.send("DELETE", f"/api/instances/{name}{query}"))[0] in (400, 404)
    assert (await door.status("kept"))["runtimeStatus"] == "Completed"


@pytest.mark.parametrize("value", ["[1, 2]", '"five"', "5", '{"n": 1.5}', "12345678901234567890"])
async def test_input_is_shown_as_sent(door: Door, active: None, value: str) -> None:
    name = f"shown {value.strip(chr(34))}"
    await door.send("POST", f"{_START}/{quote(name)}?version=1.0", value)
    shown = await door.ended(name)
    assert shown["input"] == json.loads(value) == shown["output"]["value"]


async def test_misread_reason_leaves_the_status_readable(door: Door, active: None) -> None:
    await door.send("POST", "/api/orchestrators/wait/ended?version=1.0")
    assert (await door.send("POST", "/api/instances/ended/terminate?reason=//x"))[0] == 202
    assert (await door.ended("ended"))["output"] == "Reason: //x"
    long = "/api/instances/ended/terminate?reason=" + "x" * 5_000
    assert await door.code("POST", long) == (400, "reason-too-long")


async def test_links_are_ascii_and_point_to_the_gateway(door: Door, active: None) -> None:
    forwarded = {"X_Forwarded_Host": GATEWAY, "X_Forwarded_Proto": "https"}
    path = f"{_START}/{quote('größer ☕')}?version=1.0"
    status, headers, links = await door.send("POST", path, "1", **forwarded)
    assert (status, links["id"]) == (202, "größer ☕")
    assert headers["Location"].startswith(f"https://{GATEWAY}/api/links/instances/gr%C3%B6%C3%9Fer")
    own = urlsplit(headers["Location"])
    await door.ended("größer ☕")
    assert (await door.send("GET", f"{own.path}?{own.query}"))[0] == 200


async def test_head_is_answered_like_get(door: Door, active: None) -> None:
    for path in ("/api/health", "/api/lines/1.0"):
        assert (await door.send("HEAD", path))[0] == 200
    assert (await door.send("HEAD", "/api/instances/nothing"))[0] == 404


async def test_restart_with_options_claims_the_new_id(door: Door, active: None) -> None:
    await door.send("POST", f"{_START}/first?version=1.0", '["kept"]')
    await door.ended("first")
    again = "/api/instances/first/restartWithOptions?newInstanceId="
    status, _, links = await door.send("POST", f"{again}second")
    assert (status, links["id"]) == (202, "second")
    assert (await door.ended("second"))["output"]["value"] == ["kept"]
    await door.send("POST", "/api/orchestrators/wait/busy?version=1.0")
    assert await door.code("POST", f"{again}busy") == (409, "instance-exists")
    assert await door.code("POST", again) == (400, "bad-instance-id")


async def test_older_release_is_not_put_in_place_silently(door: Door, router: RouterClient) -> None:
    await router.register("2.0.1", package("2.0.1"), "?deploy=now")
    await line_in(router, "2.0", "active")
    older = await router.register("2.0.0", package("2.0.0"), "?deploy=now")
    assert (older.status, older.body["code"]) == (409, "release-superseded")
    assert (await router.get("/api/releases/2.0.0")).body["state"] == "superseded"
