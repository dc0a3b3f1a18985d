"""Requests to a line's app, and the errors when it does not answer."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from azure.durable_functions.models.DurableOrchestrationContext import DurableOrchestrationContext

from harness.free_ports import free_port
from router.azure.app_http import HttpUpstream, as_python_input
from router.domain.errors import Unavailable
from router.domain.version import LineId
from router.ports import Route
from tests.contract.azure.line_app import DURABLE, App, stopped_page

SDK_READS = {
    # what the caller sends: what get_input of the Python SDK returns
    '{"a": 1}': {"a": 1},
    ' {"a": [1, {"b": null}]}': {"a": [1, {"b": None}]},
    "{}": {},
    "[1, 2]": [1, 2],
    "5": 5,
    "1.5": 1.5,
    "true": True,
    '"hello"': "hello",
    '"5"': "5",
    '""': "",
    '"{\\"a\\": 1}"': '{"a": 1}',
    '"größer \\ud83d\\ude00"': "größer 😀",
    "null": None,
    " null ": None,
}


async def test_start_is_a_post_with_the_key_in_a_header(app: App, upstream: HttpUpstream) -> None:
    path = f"{DURABLE}/orchestrators/order/1-0-ä b"
    app.answers[path] = web.json_response({"id": "x"}, status=202, headers={"Retry-After": "10"})
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=b", "x-functions-key": "the caller's"}
    answer = await upstream.start(app.route(), "order", "1-0-ä b", b'{"a": 1}', trace)
    assert (answer.status, json.loads(answer.body)) == (202, {"id": "x"})
    assert answer.headers["retry-after"] == "10"
    [request] = app.requests
    assert (request.method, request.raw_path) == (
        "POST",
        f"{DURABLE}/orchestrators/order/1-0-%C3%A4%20b",
    )
    headers = request.headers
    assert headers["x-functions-key"] == "the-key"
    assert headers["Content-Type"] == "application/json"
    assert (headers["traceparent"], headers["tracestate"]) == ("00-1-2-01", "a=b")
    assert app.bodies == [b'{"a": 1}']


@pytest.mark.filterwarnings("ignore:.*df_loads was called without expected_type")
@pytest.mark.parametrize("sent", SDK_READS)
def test_json_value_reaches_the_orchestrator_unchanged(sent: str) -> None:
    assert python_sdk_reads(as_python_input(sent.encode())) == SDK_READS[sent]


def test_missing_input_stays_missing() -> None:
    assert as_python_input(b"") == b""


def python_sdk_reads(body: bytes) -> Any:
    """Read a start's body as the extension and the SDK do: text is parsed twice."""
    trigger = {
        "history": [
            {
                "EventType": 12,
                "EventId": -1,
                "IsPlayed": False,
                "Timestamp": "2026-11-22T10:00:00Z",
            },
            {
                "EventType": 0,
                "EventId": -1,
                "IsPlayed": False,
                "Timestamp": "2026-11-22T10:00:00Z",
                "Version": "",
            },
        ],
        "input": json.loads(body),
        "instanceId": "x",
        "isReplaying": False,
        "parentInstanceId": None,
    }
    return DurableOrchestrationContext.from_json(json.dumps(trigger)).get_input()


async def test_connections_are_reused(app: App, upstream: HttpUpstream) -> None:
    for number in range(20):
        await upstream.start(app.route(), "order", str(number), b"")
    assert len({request.transport for request in app.requests}) == 1


async def test_management_requests_carry_their_query_and_body(
    app: App, upstream: HttpUpstream
) -> None:
    app.answers[f"{DURABLE}/instances/a b/terminate"] = web.Response(status=202)
    answer = await upstream.manage(
        app.route(), "POST", "instances/a b/terminate", {"reason": "so & so"}, b""
    )
    assert answer.status == 202
    assert app.requests[0].query == {"reason": "so & so"}
    trace = {"traceparent": "00-1-2-01", "x-functions-key": "the caller's"}
    await upstream.manage(app.route(), "POST", "instances/x/raiseEvent/go", {}, b'{"x": 1}', trace)
    assert app.bodies[1] == b'{"x": 1}'
    headers = app.requests[1].headers
    assert headers["Content-Type"] == "application/json"
    assert (headers["traceparent"], headers["x-functions-key"]) == ("00-1-2-01", "the-key")


async def test_question_about_an_instance_leaves_its_input_out(
    app: App, upstream: HttpUpstream
) -> None:
    app.answers[f"{DURABLE}/instances/x"] = web.Response(status=404)
    assert (await upstream.ask(app.route(), "instances/x")).status == 404
    assert (app.requests[0].method, app.requests[0].query_string) == ("GET", "showInput=false")


@pytest.mark.parametrize("instance_id", ["a%252Bb", "%252E"])
async def test_id_that_is_encoded_twice_is_sent_encoded_three_times(
    app: App, upstream: HttpUpstream, instance_id: str
) -> None:
    await upstream.manage(app.route(), "POST", f"instances/{instance_id}/terminate", {}, b"")
    sent = instance_id.replace("%", "%25")
    assert app.requests[0].raw_path == f"{DURABLE}/instances/{sent}/terminate"


async def test_app_that_refuses_connections_is_unreachable(upstream: HttpUpstream) -> None:
    port = free_port()
    route = Route(LineId(1, 0), f"http://127.0.0.1:{port}", "the-key")
    with pytest.raises(Unavailable) as caught:
        await upstream.start(route, "order", "x", b"")
    assert (caught.value.status, caught.value.code) == (502, "upstream-unreachable")
    assert "127.0.0.1" not in caught.value.detail


async def test_app_that_resets_connections_is_unreachable(upstream: HttpUpstream) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        route = Route(LineId(1, 0), f"http://127.0.0.1:{port}", "the-key")
        with pytest.raises(Unavailable) as caught:
            await upstream.start(route, "order", "x", b"{}")
    assert (caught.value.status, caught.value.code) == (502, "upstream-unreachable")


async def test_page_about_a_stopped_app_is_not_the_apps_answer(
    app: App, upstream: HttpUpstream
) -> None:
    path = f"{DURABLE}/instances/x"
    app.answers[path] = stopped_page()
    with pytest.raises(Unavailable) as caught:
        await upstream.manage(app.route(), "GET", "instances/x", {}, b"")
    assert (caught.value.status, caught.value.code) == (503, "app-stopped")
    app.answers[path] = web.Response(status=403)  # of a host that rejects the key
    assert (await upstream.manage(app.route(), "GET", "instances/x", {}, b"")).status == 403


@pytest.mark.parametrize(
    ("seconds", "within"), [(0.2, None), (0.2, 60.0), (60.0, 0.2), (60.0, 0.0)]
)
async def test_app_that_does_not_answer_in_time_times_out(
    seconds: float, within: float | None
) -> None:
    async def silence(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    done = asyncio.Event()
    upstream = HttpUpstream(seconds)
    async with await asyncio.start_server(silence, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        route = Route(LineId(1, 0), f"http://127.0.0.1:{port}", "the-key")
        with pytest.raises(Unavailable) as caught:
            await upstream.start(route, "order", "x", b"{}", within=within)
        done.set()
    assert (caught.value.status, caught.value.code) == (504, "upstream-timeout")
    await upstream.close()
