"""The router's own orchestrations, managed through the SDK's Durable client.

The SDK reports a conflict only in an exception's text, raises plain exceptions for other errors,
and returns the same status for an unreadable instance as for a missing one.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from router.domain import resource_names
from router.domain.errors import Unavailable
from router.domain.model import Orchestration

MARK: Final = "hub_mark"
_CONFLICT = "already exists"
_CALLS = 32  # at once; each is several requests to the storage of the router's host
_PATIENCE = 10.0  # seconds to wait for a free one, as a burst of starts does
_SECONDS = 15.0  # for one call, where the SDK would wait for minutes


class HubCalls:
    """Limits the calls of one process to its own host."""

    def __init__(
        self, calls: int = _CALLS, patience: float = _PATIENCE, seconds: float = _SECONDS
    ) -> None:
        self._free = asyncio.Semaphore(calls)
        self._patience = patience
        self._seconds = seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Make a call once one is free. Raises TimeoutError if that or the call takes too long."""
        async with asyncio.timeout(self._patience):
            await self._free.acquire()
        try:
            async with asyncio.timeout(self._seconds):
                yield
        finally:
            self._free.release()


class HubOrchestrations:
    """Implements router.ports.Orchestrations while the function that received the client runs."""

    def __init__(self, client: DurableOrchestrationClient, app: str, calls: HubCalls) -> None:
        """`app` is the application's name, with which the ids in the hub begin."""
        self._client = client
        self._app = app
        self._calls = calls

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start an orchestration unless it is running, and return True if this call started it."""
        return await self._start(name, self._id(instance_id), value)

    async def _start(self, name: str, in_path: str, value: dict[str, Any]) -> bool:
        try:
            async with self._calls.one():
                await self._client.start_new(name, in_path, value)
        except Exception as error:
            if _CONFLICT in str(error):
                return False
            raise _unavailable() from error
        return True

    async def get(self, instance_id: str) -> Orchestration | None:
        """Return the orchestration, running or ended, or None."""
        return await self._get(self._id(instance_id))

    async def _get(self, in_path: str) -> Orchestration | None:
        async with self._call():
            status = await self._client.get_status(in_path, show_input=True)
        if not status and getattr(status, "message", None) != "":  # what the SDK makes of a 404
            raise _unavailable()
        if status.input_ == "":  # too large for its row; available after its first step
            raise _unavailable()
        return _orchestration(status)

    async def failed(self, prefix: str) -> list[Orchestration]:
        """Return the first page of those that failed and whose id begins so."""
        async with self._call():
            found = await self._client.get_status_by(
                runtime_status=[OrchestrationRuntimeStatus.Failed],
                instance_id_prefix=self._id(prefix),
            )
        return [held for status in found if status.input_ and (held := _orchestration(status))]

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Request termination, which takes effect later. Do nothing if it has ended."""
        async with self._call():
            await self._client.terminate(self._id(instance_id), reason)

    async def purge(self, instance_id: str) -> None:
        """Delete an orchestration that has ended."""
        async with self._call():
            await self._client.purge_instance_history(self._id(instance_id))

    async def mark(self, mark: str) -> str:
        """Return the hub's mark: the input of an instance whose id is the same for every app."""
        found = await self._get(MARK)
        if found is None:
            await self._start(MARK, MARK, {"mark": mark})
            found = await self._get(MARK)
        if found is None:
            raise _unavailable()
        return str(found.value["mark"])

    @asynccontextmanager
    async def _call(self) -> AsyncIterator[None]:
        try:
            async with self._calls.one():
                yield
        except Exception as error:
            raise _unavailable() from error

    def _id(self, instance_id: str) -> str:
        """Return an id in the hub, escaped, because the SDK puts it into a URL unescaped."""
        return quote(resource_names.orchestration(self._app, instance_id), safe="")


def _orchestration(status: DurableOrchestrationStatus) -> Orchestration | None:
    runtime = status.runtime_status
    if runtime is None or not isinstance(status.input_, (dict, str)):
        return None
    # The SDK encodes an input twice, and the status removes one of the two encodings.
    value = json.loads(status.input_) if isinstance(status.input_, str) else status.input_
    return Orchestration(value, runtime.name, status.last_updated_time, status.output)


def _unavailable() -> Unavailable:
    detail = "The router's own task hub is unavailable. Retry shortly."
    return Unavailable("hub-unavailable", detail)
