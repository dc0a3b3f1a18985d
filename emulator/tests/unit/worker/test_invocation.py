"""Requests for the runtime library, and its responses."""

from typing import Any

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


def response(value: Any, **outputs: Any) -> Any:
    data = [MESSAGES.ParameterBinding(name=name, data=each) for name, each in outputs.items()]
    return MESSAGES.InvocationResponse(result=SUCCESS, return_value=value, output_data=data)


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
        assert outcome(response(value)) == expected


def test_http_result_has_status_headers_and_body() -> None:
    body = MESSAGES.TypedData(bytes=b"made")
    http = MESSAGES.RpcHttp(status_code="201", headers={"a": "b"}, cookies=None, body=body)
    value = MESSAGES.TypedData(http=http)
    fields, payload = outcome(response(value))
    assert payload == b"made"
    assert fields == {
        "ok": True,
        "kind": "http",
        "status": "201",
        "headers": {"a": "b"},
        "cookies": [],
    }


def test_outputs_have_name_kind_and_value() -> None:
    fields, _ = outcome(response(None, out=MESSAGES.TypedData(string="ü")))
    assert fields["outputs"] == {"out": {"kind": "string", "base64": "w7w="}}


def test_trigger_value_has_kind_and_metadata() -> None:
    fields = {**CALL, "kind": "bytes", "metadata": {"Id": ["string", "1"]}}
    made = invocation(fields, b"\xff").request.invocation_request
    assert made.input_data[-1].data.bytes == b"\xff"
    assert (made.trigger_metadata["Id"].WhichOneof("data"), made.trigger_metadata["Id"].string) == (
        "string",
        "1",
    )


def test_input_is_text_bytes_or_nothing() -> None:
    inputs = {"a": "text", "b": {"base64": "/w=="}, "c": None}
    made = invocation({**CALL, "inputs": inputs}, b"").request.invocation_request
    kinds = [each.data.WhichOneof("data") for each in made.input_data]
    assert kinds == ["string", "bytes", None, "string"]
    assert made.input_data[1].data.bytes == b"\xff"
