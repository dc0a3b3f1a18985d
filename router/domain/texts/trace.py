"""The caller's trace context (W3C), which continues in the line's app."""

import re
from collections.abc import Mapping

Trace = Mapping[str, str]
"""The headers traceparent and tracestate, as far as the caller sent valid ones."""
NO_TRACE: Trace = {}
_PARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]{1,100})?")
_STATE = re.compile(r"[ -~]{1,512}")


def trace_of(headers: Mapping[str, str]) -> Trace:
    """Return the trace context in a request's headers. What is malformed is left out."""
    parent, state = headers.get("traceparent", ""), headers.get("tracestate", "")
    if not _PARENT.fullmatch(parent):
        return NO_TRACE
    found = {"traceparent": parent}
    return found | {"tracestate": state} if _STATE.fullmatch(state) else found
