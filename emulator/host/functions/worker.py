"""The worker, which calls the functions of one app through the SDK's own converters."""

import asyncio
import concurrent.futures.thread
import contextvars
import functools
import os
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum

from emulator.host.configuration.logs import running_function
from emulator.host.errors import FunctionFailed, PackageFailed
from emulator.host.functions.function import CONVERTERS, Function, FunctionInfo
from emulator.host.functions.indexing import functions_of
from emulator.host.functions.invocation_context import InvocationContext, TraceContext

__all__ = ["FunctionFailed", "FunctionInfo", "PackageFailed", "Worker"]

DEFAULT_THREADS = 32
INTERNAL_FILES = (__file__, concurrent.futures.thread.__file__)  # frames that are not the user's


class Worker:
    """The functions of one app, ready to be called from the running event loop."""

    def __init__(self, package: Path, functions: Iterable[Function]) -> None:
        self._package = package
        self._functions = {f.info.name.lower(): f for f in functions}
        self.functions: Mapping[str, FunctionInfo] = {
            f.info.name: f.info for f in self._functions.values()
        }
        self.client_binding: str | None = None  # for durable clients, set once the host has it
        self._threads = concurrent.futures.ThreadPoolExecutor(
            _thread_count(), thread_name_prefix="function"
        )

    @classmethod
    def load(cls, package: Path) -> "Worker":
        """Import and index the app in `package`. Raises PackageFailed with the reason."""
        # The SDK announces its next version once per process, which does not concern the app.
        warnings.filterwarnings("ignore", message="azure.functions ", category=DeprecationWarning)
        return cls(package, functions_of(package))

    def find(self, name: str) -> FunctionInfo | None:
        """Return the function of a name, ignoring case."""
        function = self._functions.get(name.lower())
        return function.info if function else None

    async def call(self, name: str, value: str, *, client_binding: str | None = None) -> str | None:
        """Call a durable trigger with JSON text and return its result as JSON text.

        Raises KeyError for an unknown function, FunctionFailed if its code fails.
        """
        function = self._functions[name.lower()]
        converter = CONVERTERS.get(function.info.trigger)
        try:
            argument = converter.decode(Datum(value, "json"), trigger_metadata=None)
            result = await self._run(function, argument, client_binding, {})
            answer: str | None = converter.encode(result, expected_type=None).value
        except Exception as error:
            raise _failure(error) from error
        return answer

    async def call_http(
        self, name: str, request: func.HttpRequest, client_binding: str | None = None
    ) -> func.HttpResponse:
        """Call an HTTP trigger. A string becomes a 200, None a 204. Raises FunctionFailed."""
        function = self._functions[name.lower()]
        try:
            result = await self._run(function, request, client_binding, request.headers)
            return _response(result)
        except Exception as error:
            raise _failure(error) from error

    def close(self) -> None:
        """Accept no further calls, without waiting for those in threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(
        self,
        function: Function,
        argument: object,
        client_binding: str | None,
        headers: Mapping[str, str],
    ) -> object:
        values: dict[str, object] = {function.trigger_parameter: argument}
        for parameter in function.client_parameters:
            values[parameter] = client_binding or self.client_binding
        if function.wants_context:
            values["context"] = InvocationContext(
                function.info.name, str(self._package), TraceContext(headers)
            )
        mark = running_function.set(function.info.name)
        try:
            if function.info.is_async:
                return await function.run(**values)
            return await self._in_thread(functools.partial(function.run, **values))
        finally:
            running_function.reset(mark)

    async def _in_thread(self, call: Callable[[], object]) -> object:
        run_here = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._threads, run_here, call)


def _response(result: Any) -> func.HttpResponse:
    if isinstance(result, func.HttpResponse):
        return result
    if result is None:
        return func.HttpResponse(status_code=204)
    if isinstance(result, str):
        return func.HttpResponse(result)
    raise TypeError(f"an HTTP function cannot return {type(result).__name__}")


def _failure(error: Exception) -> FunctionFailed:
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename in INTERNAL_FILES:
        frames = frames.tb_next
    return FunctionFailed(type(error).__name__, str(error), "".join(traceback.format_tb(frames)))


def _thread_count() -> int:
    wanted = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return int(wanted) if wanted.isdigit() and int(wanted) > 0 else DEFAULT_THREADS
