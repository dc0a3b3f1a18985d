"""HTTP functions behind a real host process: what goes in, what comes out, what is refused."""

import asyncio
import json
from io import BytesIO

import pytest

from emulator.tests.contract.host.host_process import Answer, HostProcess, until


async def test_a_function_sees_the_whole_request(served: HostProcess) -> None:
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
        "params": {"q": "1,2", "empty": "", "code": "unused"},
        "route": {"id": "12", "part": "a b"},
        "length": 7,
        "body": "grüße",
    }
    assert answer.headers["Content-Type"] == "application/json"


async def test_a_large_body_comes_through(served: HostProcess) -> None:
    answer = await served.ask("POST", "/api/echo/1", data=BytesIO(b"x" * 5_000_000))
    assert (answer.status, answer.json["length"]) == (200, 5_000_000)


async def test_a_compressed_body_comes_as_it_was_sent(served: HostProcess) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = await served.ask("POST", "/api/echo/1", data=b"no gzip", headers=headers)
    assert answer.json["body"] == "no gzip"


async def test_status_and_headers_are_the_function_s_but_for_the_length(
    served: HostProcess,
) -> None:
    answer = await served.get("/api/answer")
    assert answer == Answer(201, b"longer than three", {})
    assert answer.headers["X-Thing"] == "1"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Transfer-Encoding" not in answer.headers


async def test_a_status_that_is_none_is_an_error_of_the_function(served: HostProcess) -> None:
    assert await served.get("/api/answer?status=99") == Answer(500, b"", {})
    assert "answer returned an invalid response" in served.log


async def test_sync_code_runs_beside_the_loop_in_the_package_s_directory(
    served: HostProcess,
) -> None:
    assert (await served.get("/api/where")).json[:2] == [True, False]


async def test_a_setting_may_be_part_of_a_route(served: HostProcess) -> None:
    assert await served.get("/api/fiction/book") == Answer(200, b"hello", {})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/nothing"),
        ("GET", "/api/echo/x"),
        ("DELETE", "/api/echo/1"),
        ("HEAD", "/api/echo/1"),
        ("GET", "/echo/1"),
        ("GET", "/runtime/webhooks/other/x"),
        ("GET", "/runtime/webhooks/durabletask/instances"),
        ("GET", "/%ff%00/.."),
    ],
)
async def test_what_no_function_answers_is_not_found(
    served: HostProcess, method: str, path: str
) -> None:
    assert await served.ask(method, path) == Answer(404, b"", {})


async def test_a_function_that_raises_is_500_without_a_word_and_tells_the_log(
    served: HostProcess,
) -> None:
    assert await served.get("/api/fail?code=hush") == Answer(500, b"", {})
    await until(lambda: "LookupError: nothing on the shelf" in served.log)
    assert "Host.Http fail failed" in served.log
    assert "warning  Function.fail.User about to fail at" in served.log
    assert "hush" not in served.log


async def test_the_home_page_says_that_the_app_runs(served: HostProcess) -> None:
    answer = await served.get("/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"running" in answer.body


async def raw(served: HostProcess, request: bytes) -> bytes:
    """The status line that some bytes are answered with; empty if the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    return line.strip()


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (b"GARBAGE\r\n\r\n", b"HTTP/1.0 400 Bad Request"),
        (b"GET /api/echo/1 HTTP/9.9\r\n\r\n", b"HTTP/1.0 400 Bad Request"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"HTTP/1.0 400 Bad Request"),
        (
            b"POST /api/echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 220200961\r\n\r\n",
            b"HTTP/1.1 413 Request Entity Too Large",
        ),
        (
            b"GET /api/client HTTP/1.1\r\nHost: h\r\nx-functions-key: \xff\r\n\r\n",
            b"HTTP/1.1 401 Unauthorized",
        ),
    ],
)
async def test_nonsense_is_refused_and_the_host_lives_on(
    served: HostProcess, request_: bytes, line: bytes
) -> None:
    assert await raw(served, request_) == line
    assert (await served.get("/api/answer")).status == 201


async def test_fifty_requests_at_once_are_all_answered(served: HostProcess) -> None:
    answers = await asyncio.gather(*(served.get(f"/api/echo/{n}") for n in range(50)))
    assert sorted(int(json.loads(a.body)["route"]["id"]) for a in answers) == list(range(50))
