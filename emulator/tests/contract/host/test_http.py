"""HTTP functions of a host process: requests, responses, rejected requests."""

import asyncio
import json
from io import BytesIO

import pytest

from emulator.tests.contract.host.host_process import Answer, HostProcess, until


async def test_function_gets_the_whole_request(served: HostProcess) -> None:
    answer = await served.ask(
        "POST",
        "/api/echo/12/a%20b?q=1&q=2&empty=&code=unused",
        headers=[("X-Thing", "a"), ("X-Thing", "b"), ("Content-Type", "text/plain")],
        data="grüße",
    )
    assert answer.json == {
        "method": "POST",
        "url": f"http://127.0.0.1:{served.port}/api/echo/12/a%20b?q=1&q=2&empty=&code=unused",
        "x": "a,b",
        "params": {"q": "1,2", "code": "unused"},
        "route": {"id": "12", "part": "a b"},
        "length": 7,
        "body": "grüße",
    }
    assert answer.headers["Content-Type"] == "application/json"


async def test_large_body_is_accepted(served: HostProcess) -> None:
    answer = await served.ask("POST", "/api/echo/1", data=BytesIO(b"x" * 5_000_000))
    assert (answer.status, answer.json["length"]) == (200, 5_000_000)


async def test_compressed_body_is_passed_unchanged(served: HostProcess) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = await served.ask("POST", "/api/echo/1", data=b"no gzip", headers=headers)
    assert answer.json["body"] == "no gzip"


async def test_response_has_the_functions_status_and_headers(
    served: HostProcess,
) -> None:
    answer = await served.get("/api/answer")
    assert answer == Answer(201, b"an answer", {})
    assert answer.headers["X-Thing"] == "1"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Transfer-Encoding"] == "chunked"


async def test_unknown_status_is_sent_as_it_is(served: HostProcess) -> None:
    request = b"GET /api/answer?status=1000 HTTP/1.1\r\nHost: h\r\n\r\n"
    assert await raw(served, request) == b"HTTP/1.1 1000"


async def test_sync_code_runs_in_a_thread_in_the_package_directory(
    served: HostProcess,
) -> None:
    assert (await served.get("/api/where")).json[:2] == [True, False]


async def test_route_may_reference_a_setting(served: HostProcess) -> None:
    assert await served.get("/api/fiction/book") == Answer(200, b"hello", {})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/nothing"),
        ("GET", "/api/echo/x"),
        ("DELETE", "/api/echo/1"),
        ("HEAD", "/api/echo/1"),
        ("GET", "/echo/1"),
        ("GET", "/%ff/x"),
        ("GET", "/runtime/x"),
    ],
)
async def test_path_without_a_function_is_404(served: HostProcess, method: str, path: str) -> None:
    assert await served.ask(method, path) == Answer(404, b"", {})


async def test_function_exception_is_an_empty_500_and_logged(
    served: HostProcess,
) -> None:
    assert await served.get("/api/fail?code=hush") == Answer(500, b"", {})
    await until(lambda: "LookupError: nothing on the shelf" in served.log)
    assert "Host.Http fail failed" in served.log
    assert "warning  Function.fail.User about to fail at" in served.log
    assert "hush" not in served.log


async def test_home_page_is_served(served: HostProcess) -> None:
    answer = await served.get("/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
    assert b"running" in answer.body


async def raw(served: HostProcess, request: bytes) -> bytes:
    """Send bytes and return the status line, which is empty if the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    return line.strip()


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (b"GARBAGE\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET /api/echo/1 HTTP/9.9\r\n\r\n", b"HTTP/1.1 505 HTTP Version Not Supported"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"HTTP/1.1 414 URI Too Long"),
        (
            b"POST /api/echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 104857601\r\n\r\n",
            b"HTTP/1.1 500 Internal Server Error",
        ),
        (
            b"GET /api/client HTTP/1.1\r\nHost: h\r\nx-functions-key: \xff\r\n\r\n",
            b"HTTP/1.1 400 Bad Request",
        ),
    ],
)
async def test_malformed_request_is_rejected_and_host_keeps_running(
    served: HostProcess, request_: bytes, line: bytes
) -> None:
    assert await raw(served, request_) == line
    assert (await served.get("/api/answer")).status == 201


async def test_fifty_concurrent_requests_are_answered(served: HostProcess) -> None:
    answers = await asyncio.gather(*(served.get(f"/api/echo/{n}") for n in range(50)))
    assert sorted(int(json.loads(a.body)["route"]["id"]) for a in answers) == list(range(50))
