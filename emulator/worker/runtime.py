"""Microsoft's runtime library, driven as Azure's worker drives it: one app in one process."""

import json
import logging
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import azure_functions_runtime as library

from emulator.worker.channel import Fields, to_bytes
from emulator.worker.invocation import invocation, outcome
from emulator.worker.stand_ins import StatusResult, request

log = logging.getLogger("Worker")

_function: ContextVar[str | None] = ContextVar("function", default=None)
_running: dict[str, str] = {}  # function by invocation, for threads, which have no context


def running_function() -> str | None:
    """Return the name of the function whose code is running here, so that log lines have it."""
    return _function.get() or _running.get(library.invocation_id_cv.get() or "")


async def index(directory: Path) -> tuple[dict[str, Any], bytes]:
    """Import and index the app, and return the message that reports to the host how it went."""
    library.start_threadpool_executor()
    response = await library.worker_init_request(
        request("worker_init_request", capabilities={}, function_app_directory=str(directory))
    )
    if response.result.status != StatusResult.Success:
        error = response.result.exception
        return {"indexed": None, "stack": error.stack_trace}, to_bytes(error.message)
    metadata = await library.functions_metadata_request(None)
    found = metadata.function_metadata_results or ()
    return {"indexed": [_described(function) for function in found]}, b""


async def invoke(fields: Fields, payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Call a function, and return the message that reports to the host how it ended.

    What is not an Exception passes: SystemExit ends this process, and a function that cancels
    itself is never answered.
    """
    number, name = fields["invocation"], fields["name"]
    _function.set(name)
    _running[number] = name
    try:
        return outcome(await library.invocation_request(invocation(fields, payload)))
    finally:
        del _running[number]


def _described(function: Any) -> dict[str, Any]:
    return {
        "name": function.name,
        "id": function.function_id,
        "bindings": [json.loads(binding) for binding in function.raw_bindings],
    }
