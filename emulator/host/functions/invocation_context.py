"""The invocation context that a function gets in a parameter named `context`."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import azure.functions as func

THREAD_STORAGE = threading.local()


class TraceContext:
    """The position of a call in a distributed trace (W3C headers)."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.trace_parent = headers.get("traceparent", "")
        self.trace_state = headers.get("tracestate", "")
        self.attributes: dict[str, str] = {}


class RetryContext:
    """The retry count, which is always zero because the host never retries calls."""

    retry_count = 0
    max_retry_count = 0
    exception = None


@dataclass(slots=True)
class InvocationContext:
    """The context of one call."""

    function_name: str
    function_directory: str
    trace_context: TraceContext
    invocation_id: str = field(default_factory=lambda: str(uuid4()))
    retry_context: RetryContext = field(default_factory=RetryContext)
    thread_local_storage: threading.local = THREAD_STORAGE


func.Context.register(InvocationContext)
