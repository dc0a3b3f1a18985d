"""The router's own orchestrations, managed through the SDK's Durable client.

The SDK reports a conflict only in an exception's text, raises plain exceptions for other errors,
and returns the same status for an unreadable instance as for a missing one.
"""

import json
from typing import Any
from urllib.parse import quote

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from router.domain.errors import Unavailable
from router.domain.model import Orchestration

_CONFLICT = "already exists"


class HubOrchestrations:
    """Implements router.ports.Orchestrations while the function that received the client runs."""

    def __init__(self, client: DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start an orchestration unless it is running, and return True if this call started it."""
        try:
            await self._client.start_new(name, _in_path(instance_id), value)
        except Exception as error:
            if _CONFLICT in str(error):
                return False
            raise _unavailable() from error
        return True

    async def get(self, instance_id: str) -> Orchestration | None:
        """Return the orchestration, running or ended, or None."""
        try:
            status = await self._client.get_status(_in_path(instance_id), show_input=True)
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
                runtime_status=[OrchestrationRuntimeStatus.Failed], instance_id_prefix=prefix
            )
        except Exception as error:
            raise _unavailable() from error
        return [held for status in found if status.input_ and (held := _orchestration(status))]

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Request termination, which takes effect later. Do nothing if it has ended."""
        try:
            await self._client.terminate(_in_path(instance_id), reason)
        except Exception as error:
            raise _unavailable() from error

    async def purge(self, instance_id: str) -> None:
        """Delete an orchestration that has ended."""
        try:
            await self._client.purge_instance_history(_in_path(instance_id))
        except Exception as error:
            raise _unavailable() from error


def _orchestration(status: DurableOrchestrationStatus) -> Orchestration | None:
    runtime = status.runtime_status
    if runtime is None or not isinstance(status.input_, (dict, str)):
        return None
    # The SDK encodes an input twice, and the status removes one of the two encodings.
    value = json.loads(status.input_) if isinstance(status.input_, str) else status.input_
    return Orchestration(value, runtime.name, status.last_updated_time, status.output)


def _in_path(instance_id: str) -> str:
    """Escape an id, which the SDK puts into a URL unescaped."""
    return quote(instance_id, safe="")


def _unavailable() -> Unavailable:
    detail = "The router's own task hub is unavailable. Retry shortly."
    return Unavailable("hub-unavailable", detail)
