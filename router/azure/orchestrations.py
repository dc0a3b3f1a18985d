"""The router's own orchestrations, managed through the SDK's Durable client.

The SDK reports a conflict only in an exception's text, raises plain exceptions for other errors,
and returns the same status for an unreadable instance as for a missing one.
"""

import json
from typing import Any, Final
from urllib.parse import quote

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from router.domain import resource_names
from router.domain.errors import Unavailable
from router.domain.model import Orchestration

MARK: Final = "hub_mark"
_CONFLICT = "already exists"


class HubOrchestrations:
    """Implements router.ports.Orchestrations while the function that received the client runs."""

    def __init__(self, client: DurableOrchestrationClient, app: str) -> None:
        """`app` is the application's name, with which the ids in the hub begin."""
        self._client = client
        self._app = app

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start an orchestration unless it is running, and return True if this call started it."""
        return await self._start(name, self._id(instance_id), value)

    async def _start(self, name: str, in_path: str, value: dict[str, Any]) -> bool:
        try:
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
        try:
            status = await self._client.get_status(in_path, show_input=True)
        except Exception as error:
            raise _unavailable() from error
        if not status and getattr(status, "message", None) != "":  # what the SDK makes of a 404
            raise _unavailable()
        if status.input_ == "":  # too large for its row; available after its first step
            raise _unavailable()
        return _orchestration(status)

    async def failed(self, prefix: str) -> list[Orchestration]:
        """Return the first page of those that failed and whose id begins so."""
        try:
            found = await self._client.get_status_by(
                runtime_status=[OrchestrationRuntimeStatus.Failed],
                instance_id_prefix=self._id(prefix),
            )
        except Exception as error:
            raise _unavailable() from error
        return [held for status in found if status.input_ and (held := _orchestration(status))]

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Request termination, which takes effect later. Do nothing if it has ended."""
        try:
            await self._client.terminate(self._id(instance_id), reason)
        except Exception as error:
            raise _unavailable() from error

    async def purge(self, instance_id: str) -> None:
        """Delete an orchestration that has ended."""
        try:
            await self._client.purge_instance_history(self._id(instance_id))
        except Exception as error:
            raise _unavailable() from error

    async def mark(self, mark: str) -> str:
        """Return the hub's mark: the input of an instance whose id is the same for every app."""
        found = await self._get(MARK)
        if found is None:
            await self._start(MARK, MARK, {"mark": mark})
            found = await self._get(MARK)
        if found is None:
            raise _unavailable()
        return str(found.value["mark"])

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
