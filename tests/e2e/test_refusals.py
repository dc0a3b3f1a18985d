"""Invalid requests are refused with a problem that says what to do, and change nothing."""

import io
import json
import stat
import zipfile
from typing import Any

import aiohttp
import pytest

from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient
from tests.e2e.apps import package, zipped

_START = "/api/orchestrators/echo"


async def send(
    session: aiohttp.ClientSession, stack: LocalStack, method: str, path: str, **given: Any
) -> Answer:
    """Send a raw request. `key` names the key to send, None for none."""
    key = given.pop("key", "client")
    headers = {"x-functions-key": stack.endpoints["keys"].get(key, key)} if key else {}
    headers |= given.pop("headers", {})
    url = stack.endpoints["router"] + path
    if "data" in given:
        given["data"] = io.BytesIO(given["data"])
    async with session.request(method, url, headers=headers, **given) as response:
        text = await response.text()
        body = json.loads(text) if "json" in response.content_type and text else text
        return Answer(response.status, response.headers, body, 0.0)


def problem(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.headers["Content-Type"].partition(";")[0], answer.body["code"]


PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"{_START}?version=one", {}, 400, "bad-version"),
        (f"{_START}?version=1.2.3.4", {}, 400, "bad-version"),
        (f"{_START}?version=1.0.0%2Bbuild", {}, 400, "bad-version"),
        (f"{_START}?version=v1.0.0", {}, 400, "bad-version"),
        (f"{_START}?version=9.9.9", {}, 404, "unknown-version"),
        (f"{_START}?version=9.9", {}, 404, "unknown-version"),
        (f"{_START}?version=1.0.0", {"X-App-Version": "1.1.0"}, 400, "version-conflict"),
        (_START, {}, 409, "no-default-version"),
        ("/api/orchestrators/no%20name?version=1.0.0", {}, 400, "bad-function"),
        (f"{_START}/%40at?version=1.0.0", {}, 400, "bad-instance-id"),
        (f"{_START}/a%23b?version=1.0.0", {}, 400, "bad-instance-id"),
        (f"{_START}/a%3Fb?version=1.0.0", {}, 400, "bad-instance-id"),
        (f"{_START}/a%5Cb?version=1.0.0", {}, 400, "bad-instance-id"),
        (f"{_START}/{'x' * 101}?version=1.0.0", {}, 400, "bad-instance-id"),
        (f"{_START}/2-0-{'0' * 32}?version=1.0.0", {}, 400, "bad-instance-id"),
    ],
)
async def test_invalid_start_is_refused(
    session: aiohttp.ClientSession,
    stack: LocalStack,
    registered: None,
    path: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = await send(session, stack, "POST", path, headers=headers)
    assert problem(answer) == (status, PROBLEM, code)
    if status == 404:
        assert answer.body["knownVersions"] == ["1.0.0"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{nope", 400, "bad-body"),
        (b"\xff\xfe", 400, "bad-body"),
        (b"NaN", 400, "bad-body"),
        (b'"' + b"x" * (1 << 20) + b'"', 413, "body-too-large"),
    ],
)
async def test_body_that_is_not_json_or_too_large_is_refused(
    session: aiohttp.ClientSession,
    stack: LocalStack,
    registered: None,
    body: bytes,
    status: int,
    code: str,
) -> None:
    answer = await send(session, stack, "POST", f"{_START}?version=1.0.0", data=body)
    assert problem(answer) == (status, PROBLEM, code)


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("POST", f"{_START}?version=1.0.0", None, 401),
        ("POST", f"{_START}?version=1.0.0", "nonsense", 401),
        ("POST", f"{_START}?version=1.0.0", "ops", 401),
        ("GET", "/api/instances/x", "ops", 401),
        ("GET", "/api/lines", "client", 401),
        ("PUT", "/api/releases/1.0.0", "client", 401),
        ("GET", "/api/lines", None, 401),
        ("GET", "/api/lines", "ops", 200),
        ("GET", "/api/lines", "host", 200),
        ("GET", "/api/instances/x", "host", 404),
        ("GET", "/api/health", None, 200),
        ("GET", "/api/links/instances/x", None, 401),
        ("GET", "/api/links/instances/x?sig=a&se=9999999999", None, 401),
        ("GET", "/api/no/such/route", "host", 404),
        ("GET", "/api/orchestrators/echo", "client", 404),
    ],
)
async def test_each_route_requires_its_own_key(
    session: aiohttp.ClientSession,
    stack: LocalStack,
    registered: None,
    method: str,
    path: str,
    key: str | None,
    status: int,
) -> None:
    answer = await send(session, stack, method, path, key=key)
    assert answer.status == status


def _symlink() -> bytes:
    made = io.BytesIO(package("5.0.0"))
    with zipfile.ZipFile(made, "a") as archive:
        link = zipfile.ZipInfo("evil")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def _many() -> bytes:
    return zipped({"host.json": "{}", "function_app.py": ""} | {f"f{n}": "" for n in range(20_001)})


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b"no zip at all", 1),
        (b"", 1),
        (zipped({"readme.txt": "x"}), 2),
        (zipped({"host.json": "{", "function_app.py": ""}), 1),
        (zipped({"host.json": "{}", "function_app.py": "", "../out.txt": "", "/abs": ""}), 2),
        (_symlink(), 1),
        (_many(), 1),
    ],
)
async def test_invalid_package_is_refused_with_every_problem(
    session: aiohttp.ClientSession, stack: LocalStack, body: bytes, problems: int
) -> None:
    sent = {"Content-Type": "application/zip"}
    path = "/api/releases/5.0.0"
    answer = await send(session, stack, "PUT", path, key="ops", data=body, headers=sent)
    assert problem(answer) == (422, PROBLEM, "bad-package")
    assert len(answer.body["problems"]) == problems, answer.body["problems"]
    assert (await send(session, stack, "GET", path, key="ops")).status == 404
    assert (await send(session, stack, "GET", "/api/lines/5.0", key="ops")).status == 404


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/api/releases/1.0", {}, 400, "bad-version"),
        ("/api/releases/1.0.1?deploy=soon", {}, 400, "bad-deploy"),
        ("/api/releases/1.0.1?removes=some", {}, 400, "bad-removes"),
        ("/api/releases/1.0.1", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        ("/api/releases/1.0.0", {}, 409, "release-exists"),
    ],
)
async def test_invalid_release_is_refused(
    session: aiohttp.ClientSession,
    stack: LocalStack,
    registered: None,
    path: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    sent = {"Content-Type": "application/zip"} | headers
    body = package("1.0.0", extra="# other bytes\n")
    answer = await send(session, stack, "PUT", path, key="ops", data=body, headers=sent)
    assert problem(answer) == (status, PROBLEM, code)


async def test_same_release_again_changes_nothing(router: RouterClient, registered: None) -> None:
    again = await router.register("1.0.0", package("1.0.0"))
    assert again.status == 200
    assert again.body["state"] == "registered"


async def test_unknown_resource_is_named(
    session: aiohttp.ClientSession, stack: LocalStack, registered: None
) -> None:
    found = {
        path: problem(await send(session, stack, "GET", path, key="host"))
        for path in (
            "/api/instances/unknown",
            "/api/lines/7.7",
            "/api/lines/seven",
            "/api/operations/nothing",
            "/api/releases/7.7.7",
        )
    }
    assert found == {
        "/api/instances/unknown": (404, PROBLEM, "unknown-instance"),
        "/api/lines/7.7": (404, PROBLEM, "unknown-line"),
        "/api/lines/seven": (400, PROBLEM, "bad-version"),
        "/api/operations/nothing": (404, PROBLEM, "unknown-operation"),
        "/api/releases/7.7.7": (404, PROBLEM, "unknown-version"),
    }
    unknown = await send(session, stack, "GET", "/api/releases/7.7.7", key="ops")
    assert unknown.body["knownVersions"] == ["1.0.0"]


@pytest.fixture
async def registered(router: RouterClient) -> None:
    """Register release 1.0.0, without provisioning it."""
    answer = await router.register("1.0.0", package("1.0.0"))
    assert answer.status in (200, 201)
