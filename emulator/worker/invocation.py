"""An invocation in the terms of the runtime library, and its result in those of the channel."""

from typing import Any

from emulator.worker.channel import Fields, to_bytes, to_text
from emulator.worker.stand_ins import Data, Message, Parameter, request

TYPED_KINDS = ("json", "string", "bytes", "http", "int", "double")

# Without Application Insights a function gets nothing of its caller's trace.
_NO_TRACE = Message(trace_parent="", trace_state="", attributes={})
_NO_RETRY = Message(retry_count=0, max_retry_count=0, exception=None)


def invocation(fields: Fields, payload: bytes) -> Message:
    """Return the library's request for a call.

    The payload is the body of an HTTP request, or else the text that the trigger is given.
    """
    http = fields.get("http")
    trigger = Data("string", to_text(payload)) if http is None else _http_request(http, payload)
    texts = fields["inputs"].items()
    return request(
        "invocation_request",
        invocation_id=fields["invocation"],
        function_id=fields["function"],
        input_data=[
            *(Parameter(name=name, data=Data("string", text)) for name, text in texts),
            Parameter(name=fields["trigger"], data=trigger),
        ],
        trigger_metadata={},
        trace_context=_NO_TRACE,
        retry_context=_NO_RETRY,
    )


def outcome(response: Any) -> tuple[dict[str, Any], bytes]:
    """Return the fields and the payload that report to the host how an invocation ended."""
    result = response.result
    if result.status != type(result).Success:
        error = result.exception
        return {"ok": False, "stack": error.stack_trace}, to_bytes(error.message)
    returned = response.return_value
    if returned is None:
        return {"ok": True, "kind": None}, b""
    kind = next(kind for kind in TYPED_KINDS if kind in vars(returned))
    value = getattr(returned, kind)
    if kind != "http":
        return {"ok": True, "kind": kind}, _raw(value)
    head = {"status": value.status_code, "headers": value.headers}
    cookies = [_cookie(cookie) for cookie in value.cookies or ()]
    return {"ok": True, "kind": kind, **head, "cookies": cookies}, _raw(value.body.bytes)


def _http_request(http: dict[str, Any], body: bytes) -> Data:
    content = Data("bytes", body) if body else Message(WhichOneof=lambda _group: None)
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
