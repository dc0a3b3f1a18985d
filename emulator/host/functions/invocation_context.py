"""The invocation context that a function may ask for with a parameter named `context`.

Owns the values the SDK's abstract context promises. Knows nothing of who calls.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import azure.functions as func

THREAD_STORAGE = threading.local()


class TraceContext:
    """Where the call stands in a distributed trace (W3C headers)."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.trace_parent = headers.get("traceparent", "")
        self.trace_state = headers.get("tracestate", "")
        self.attributes: dict[str, str] = {}


class RetryContext:
    """The host retries nothing by itself, so every call is the first."""

    retry_count = 0
    max_retry_count = 0
    exception = None


@dataclass(slots=True)
class InvocationContext:
    """One call of one function."""

    function_name: str
    function_directory: str
    trace_context: TraceContext
    invocation_id: str = field(default_factory=lambda: str(uuid4()))
    retry_context: RetryContext = field(default_factory=RetryContext)
    thread_local_storage: threading.local = THREAD_STORAGE


func.Context.register(InvocationContext)
