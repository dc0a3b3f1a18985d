"""An invocation in the terms of the runtime library, and its result in those of the channel."""

import base64
from typing import Any

from emulator.worker.channel import Fields, to_bytes, to_text
from emulator.worker.stand_ins import Data, Message, Parameter, request

TYPED_KINDS = ("json", "string", "bytes", "http", "int", "double")

# Without Application Insights a function gets nothing of its caller's trace.
_NO_TRACE = Message(trace_parent="", trace_state="", attributes={})
_NOTHING = Message(WhichOneof=lambda _group: None)
_NO_RETRY = Message(retry_count=0, max_retry_count=0, exception=None)


def invocation(fields: Fields, payload: bytes) -> Message:
    """Return the library's request for a call.

    The payload is the body of an HTTP request, or else the value that the trigger is given.
    """
    http = fields.get("http")
    trigger = _trigger(fields, payload) if http is None else _http_request(http, payload)
    inputs = {name: _input(value) for name, value in fields["inputs"].items()}
    metadata = fields.get("metadata", {})
    return request(
        "invocation_request",
        invocation_id=fields["invocation"],
        function_id=fields["function"],
        input_data=[
            *(Parameter(name=name, data=data) for name, data in inputs.items()),
            Parameter(name=fields["trigger"], data=trigger),
        ],
        trigger_metadata={name: Data(kind, text) for name, (kind, text) in metadata.items()},
        trace_context=_NO_TRACE,
        retry_context=_NO_RETRY,
    )


def outcome(response: Any) -> tuple[dict[str, Any], bytes]:
    """Return the fields and the payload that report to the host how an invocation ended."""
    result = response.result
    if result.status != type(result).Success:
        error = result.exception
        return {"ok": False, "stack": error.stack_trace}, to_bytes(error.message)
    fields, payload = _typed(response.return_value)
    if response.output_data:
        fields["outputs"] = {each.name: _output(each.data) for each in response.output_data}
    return {"ok": True, **fields}, payload


def _typed(value: Any) -> tuple[dict[str, Any], bytes]:
    if value is None:
        return {"kind": None}, b""
    kind = next(kind for kind in TYPED_KINDS if kind in vars(value))
    content = getattr(value, kind)
    if kind != "http":
        return {"kind": kind}, _raw(content)
    head = {"status": content.status_code, "headers": content.headers}
    cookies = [_cookie(cookie) for cookie in content.cookies or ()]
    return {"kind": kind, **head, "cookies": cookies}, _raw(content.body.bytes)


def _output(value: Any) -> dict[str, Any]:
    fields, payload = _typed(value)
    return {**fields, "base64": base64.b64encode(payload).decode()}


def _trigger(fields: Fields, payload: bytes) -> Data:
    kind = fields.get("kind", "string")
    return Data(kind, payload if kind == "bytes" else to_text(payload))


def _input(value: Any) -> Message:
    """Return an input: a text, bytes as `{"base64": ...}`, or None for what does not exist."""
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return Data("string", value)
    return Data("bytes", base64.b64decode(value["base64"]))


def _http_request(http: dict[str, Any], body: bytes) -> Data:
    content = Data("bytes", body) if body else _NOTHING
    return Data("http", Message(**http, body=content))


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else to_bytes(str(value))


def _cookie(cookie: Any) -> dict[str, Any]:
    expires = cookie.expires
    return {
        "name": cookie.name,
        "value": cookie.value,
        "domain": _value(cookie.domain),
        "path": _value(cookie.path),
        "expires": None if expires is None else expires.value.seconds,
        "max_age": _value(cookie.max_age),
        "secure": _value(cookie.secure),
        "http_only": _value(cookie.http_only),
        "same_site": cookie.same_site,
    }


def _value(nullable: Any) -> Any:
    return None if nullable is None else nullable.value
