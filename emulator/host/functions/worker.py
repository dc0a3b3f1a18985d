"""The functions of one app, called in a worker process that is replaced when it ends."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from emulator.host.errors import NotIndexed, WorkerEnded
from emulator.host.functions import function_json
from emulator.host.functions.crashes import Crashes
from emulator.host.functions.function import FunctionInfo, function_info
from emulator.host.functions.loading import Failure, failed, load_all
from emulator.host.functions.time_limit import span_text
from emulator.host.functions.values.bindings import Bindings, outputs_of
from emulator.host.functions.values.http_call import HttpCall, HttpResult, http_result
from emulator.host.functions.values.trigger_value import TriggerValue, text_value
from emulator.host.functions.worker_command import WorkerCommand
from emulator.host.functions.worker_process import NO_WORKER, Answer, Indexed, WorkerProcess
from emulator.worker.channel import to_text

TIMEOUT_GRACE_SECONDS = 2.0  # in which calls beside the one that took too long may still end

log = logging.getLogger("Host.Worker")


class Worker:
    """The functions of one app, ready to be called. `limit` is the time of a call in seconds."""

    def __init__(self, command: WorkerCommand, limit: int | None = None) -> None:
        self._command = command
        self._limit = limit
        self._ids: dict[str, str] = {}
        self._by_lower_name: dict[str, FunctionInfo] = {}
        self.functions: Mapping[str, FunctionInfo] = {}
        self.client_binding: str | None = None  # for durable clients, set once the host has it
        self.bindings: Bindings | None = None  # set by the host if the app uses storage bindings
        self._files: list[function_json.FunctionFile] = []
        self._failures: Mapping[str, Failure] = {}  # of functions that were not imported
        self.gone = asyncio.Event()  # set when processes have ended too often
        self._crashes = Crashes()
        self._process: WorkerProcess | None = None
        self._up = asyncio.Event()
        self._refuses = False
        self.outstanding = 0  # calls under way
        self._supervision: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, command: WorkerCommand, limit: int | None = None) -> "Worker":
        """Start a process and index the app in it. Raises NotIndexed with the reason."""
        worker = cls(command, limit)
        worker._take(await worker._start_process())
        worker._by_lower_name = {name.lower(): f for name, f in worker.functions.items()}
        worker._supervision = asyncio.create_task(worker._supervise())
        return worker

    def find(self, name: str) -> FunctionInfo | None:
        """Return the function of a name, ignoring case."""
        return self._by_lower_name.get(name.lower())

    async def call(self, name: str, value: str, *, client_binding: str | None = None) -> str | None:
        """Call a durable trigger with JSON text and return its result as JSON text.

        Raises KeyError for an unknown function, FunctionFailed if its code fails, WorkerEnded if
        its process ends.
        """
        fields, result = await self._fire(name, text_value(value), client_binding)
        return None if fields["kind"] is None else to_text(result)

    async def fire(self, name: str, value: TriggerValue) -> None:
        """Call the function of a background trigger. Raises as `call`."""
        await self._fire(name, value)

    async def call_http(self, name: str, call: HttpCall, body: bytes) -> HttpResult:
        """Call an HTTP trigger. Raises as `call`, and ValueError for an invalid response."""
        function = self._by_lower_name[name.lower()]
        value = TriggerValue(body, data={**call.query, **call.params})
        return http_result(*await self._invoke(function, {"http": call.fields()}, value))

    def refuse(self) -> None:
        """Fail what durable triggers call from now on, as when a host stops its worker before them.

        Calls under way are finished, and HTTP requests wait for a worker.
        """
        self._refuses = True

    def replace(self) -> None:
        """Fail the calls under way and start another process, for calls after `accept`."""
        self.refuse()
        if self._process is not None:
            self._process.kill(NO_WORKER)

    def accept(self) -> None:
        """Let calls wait for the next process again."""
        self._refuses = False

    async def close(self) -> None:
        """End the process without waiting for its calls."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])
        if self._process is not None:
            self._process.kill("the host has stopped")
            await self._process.ended()

    def _take(self, indexed: Indexed) -> None:
        """Keep the functions that the worker describes, or those of the files."""
        if indexed.in_files:
            self._ids = {file.name: file.id for file in self._files}
            found = [function_info(file.name, file.bindings, file) for file in self._files]
        else:
            self._ids = {each["name"]: each["id"] for each in indexed.functions}
            found = [function_info(each["name"], each["bindings"]) for each in indexed.functions]
        self.functions = {function.name: function for function in found}

    async def _fire(self, name: str, value: TriggerValue, client: str | None = None) -> Answer:
        function = self._by_lower_name[name.lower()]
        if self._refuses:
            raise WorkerEnded(NO_WORKER)
        return await self._invoke(function, value.fields(), value, client)

    async def _invoke(
        self,
        function: FunctionInfo,
        more: Mapping[str, Any],
        value: TriggerValue,
        client: str | None = None,
    ) -> Answer:
        binding = client or self.client_binding
        fields = {
            "invocation": str(uuid4()),
            "function": self._ids[function.name],
            "name": function.name,
            "trigger": function.trigger_parameter,
            "inputs": dict.fromkeys(function.client_parameters, binding),
            **more,
        }
        self.outstanding += 1
        try:
            return await self._bound(function, fields, value)
        finally:
            self.outstanding -= 1

    async def _bound(
        self, function: FunctionInfo, fields: dict[str, Any], value: TriggerValue
    ) -> Answer:
        """Run a call between the reading of its inputs and the writing of its outputs."""
        if function.inputs and self.bindings is not None:
            fields["inputs"].update(await self.bindings.read(function, value.data))
        answer, result = await self._run(function.name, fields, value.payload)
        if not answer["ok"]:
            raise failed(to_text(result), answer["stack"])
        if function.outputs and self.bindings is not None:
            await self.bindings.write(function, outputs_of(answer, result), value.data)
        return answer, result

    async def _run(self, name: str, fields: dict[str, Any], payload: bytes) -> Answer:
        await self._up.wait()
        process = self._process
        if self.gone.is_set() or process is None:
            raise WorkerEnded(NO_WORKER)
        if name in self._failures:
            raise failed(*self._failures[name])
        if self._limit is None:
            return await process.call(fields, payload)
        timer = asyncio.get_running_loop().call_later(
            self._limit, self._time_out, process, name, self._limit
        )
        try:
            return await process.call(fields, payload)
        finally:
            timer.cancel()

    def _time_out(self, process: WorkerProcess, name: str, limit: int) -> None:
        span = span_text(limit)
        log.error(
            "Timeout value of %s exceeded by function 'Functions.%s'. Initiating cancellation.",
            span,
            name,
        )
        reason = f"Timeout value of {span} was exceeded by function: Functions.{name}"
        asyncio.get_running_loop().call_later(TIMEOUT_GRACE_SECONDS, process.kill, reason)

    async def _start_process(self) -> Indexed:
        process = self._process = await WorkerProcess.start(self._command, self._on_end)
        try:
            indexed = await process.indexed()
            if indexed.in_files:
                await self._load(process)
        except BaseException:
            process.kill("the app could not be indexed")
            await process.ended()
            raise
        self._up.set()
        return indexed

    async def _load(self, process: WorkerProcess) -> None:
        """Import the functions of the files. Raises NotIndexed if the process ends with that."""
        self._files = self._files or function_json.read(self._command.directory)
        try:
            self._failures = await load_all(process, self._files)
        except WorkerEnded as error:
            raise NotIndexed(str(error)) from None

    async def _supervise(self) -> None:
        while self._process is not None and not self.gone.is_set():
            await self._process.ended()
            log.error("%s", self._process.end_text)
            if not self.gone.is_set():
                await self._restart()

    async def _restart(self) -> None:
        log.info("another worker process is started")
        try:
            await self._start_process()
        except NotIndexed as error:
            log.error("%s", error)  # noqa: TRY400 - it has the worker's traceback
            self._count_crash()

    def _on_end(self, process: WorkerProcess) -> None:
        self._up.clear()
        if not process.killed:
            self._count_crash()

    def _count_crash(self) -> None:
        if self._crashes.too_many(time.monotonic()):
            self.gone.set()
            self._up.set()  # for the calls that wait


def warn_of_unrun(functions: Mapping[str, FunctionInfo]) -> None:
    """Log the functions that never run."""
    for function in functions.values():
        if function.problem:
            log.warning("%s", function.problem)
