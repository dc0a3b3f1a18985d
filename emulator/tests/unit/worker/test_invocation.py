"""Requests for the runtime library, and its responses."""

from emulator.worker.invocation import invocation, outcome
from emulator.worker.stand_ins import MESSAGES, StatusResult

CALL = {
    "invocation": "i",
    "function": "f",
    "name": "x",
    "trigger": "req",
    "inputs": {"client": "{}"},
}
HTTP = {"method": "GET", "url": "u", "headers": {}, "params": {}, "query": {}}
SUCCESS = StatusResult(status=StatusResult.Success)


def test_trigger_text_follows_the_other_inputs() -> None:
    made = invocation(CALL, "ü".encode()).request.invocation_request
    inputs = [(p.name, p.data.WhichOneof("data"), p.data.string) for p in made.input_data]
    assert inputs == [("client", "string", "{}"), ("req", "string", "ü")]
    assert made.trace_context.trace_parent == ""


def test_http_request_without_body_has_none() -> None:
    made = invocation({**CALL, "http": HTTP}, b"").request.invocation_request
    http = made.input_data[-1].data.http
    assert (http.method, http.body.WhichOneof("data")) == ("GET", None)


def test_failure_has_message_and_stack() -> None:
    error = MESSAGES.RpcException(message="ValueError: no", stack_trace="Traceback")
    result = StatusResult(status=StatusResult.Failure, exception=error)
    fields, payload = outcome(MESSAGES.InvocationResponse(result=result))
    assert (fields, payload) == ({"ok": False, "stack": "Traceback"}, b"ValueError: no")


def test_result_has_its_kind() -> None:
    for value, expected in (
        (None, ({"ok": True, "kind": None}, b"")),
        (MESSAGES.TypedData(json="[1]"), ({"ok": True, "kind": "json"}, b"[1]")),
        (MESSAGES.TypedData(bytes=b"\xff"), ({"ok": True, "kind": "bytes"}, b"\xff")),
    ):
        assert outcome(MESSAGES.InvocationResponse(result=SUCCESS, return_value=value)) == expected


def test_http_result_has_status_headers_and_body() -> None:
    body = MESSAGES.TypedData(bytes=b"made")
    http = MESSAGES.RpcHttp(status_code="201", headers={"a": "b"}, cookies=None, body=body)
    value = MESSAGES.TypedData(http=http)
    fields, payload = outcome(MESSAGES.InvocationResponse(result=SUCCESS, return_value=value))
    assert payload == b"made"
    assert fields == {
        "ok": True,
        "kind": "http",
        "status": "201",
        "headers": {"a": "b"},
        "cookies": [],
    }
