"""Microsoft's runtime library, driven as Azure's worker drives it: one app in one process."""

import json
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from emulator.worker.channel import Fields, to_bytes
from emulator.worker.invocation import invocation, outcome
from emulator.worker.stand_ins import BindingInfo, Message, StatusResult, request

_function: ContextVar[str | None] = ContextVar("function", default=None)


class Runtime:
    """One app, run by the library for its programming model."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._running: dict[str, str] = {}  # by invocation, for threads, which have no context

    def running_function(self) -> str | None:
        """Return the name of the function whose code is running here, for its log lines."""
        number = self._library.invocation_id_cv.get()
        return _function.get() or self._running.get(number or "")

    async def index(self, directory: Path) -> tuple[dict[str, Any], bytes]:
        """Import and index the app, and return the message that reports to the host how it went.

        The functions of the v1 model are not imported yet: the host finds them in its files.
        """
        self._library.start_threadpool_executor()
        response = await self._library.worker_init_request(
            request("worker_init_request", capabilities={}, function_app_directory=str(directory))
        )
        if failure := _failure(response):
            return {"indexed": None, **failure[0]}, failure[1]
        metadata = await self._library.functions_metadata_request(None)
        found = metadata.function_metadata_results or ()
        return {
            "indexed": [_described(function) for function in found],
            "files": bool(metadata.use_default_metadata_indexing),
        }, b""

    async def load(self, fields: Fields) -> tuple[dict[str, Any], bytes]:
        """Import a function of the v1 model, and return the message that reports how it went."""
        wanted = fields["load"]
        bindings = {name: BindingInfo(**each) for name, each in wanted["bindings"].items()}
        response = await self._library.function_load_request(
            request(
                "function_load_request",
                function_id=wanted["function"],
                metadata=Message(**{**wanted, "bindings": bindings}),
            )
        )
        if failure := _failure(response):
            return {"ok": False, **failure[0]}, failure[1]
        return {"ok": True}, b""

    async def invoke(self, fields: Fields, payload: bytes) -> tuple[dict[str, Any], bytes]:
        """Call a function, and return the message that reports to the host how it ended.

        What is not an Exception passes: SystemExit ends this process, and a function that cancels
        itself is never answered.
        """
        number, name = fields["invocation"], fields["name"]
        _function.set(name)
        self._running[number] = name
        try:
            return outcome(await self._library.invocation_request(invocation(fields, payload)))
        finally:
            del self._running[number]


def _failure(response: Any) -> tuple[dict[str, Any], bytes] | None:
    if response.result.status == StatusResult.Success:
        return None
    error = response.result.exception
    return {"stack": error.stack_trace}, to_bytes(error.message)


def _described(function: Any) -> dict[str, Any]:
    return {
        "name": function.name,
        "id": function.function_id,
        "bindings": [json.loads(binding) for binding in function.raw_bindings],
    }
