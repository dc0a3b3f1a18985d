"""The router's own orchestrations, through Durable's client as the SDK gives it.

Owns what "start once" means: an id that runs already is not an error; and what the SDK makes of
errors: it tells a conflict by an exception's text only, any other by an exception of no kind of
its own, and a status that can't be read like one that is not there.
"""

import json
from typing import Any
from urllib.parse import quote

from azure.durable_functions import DurableOrchestrationClient

from router.domain.errors import Unavailable
from router.domain.model import Orchestration

_TAKEN = "already exists"


class HubOrchestrations:
    """The port's Orchestrations, for as long as the function that was given the client runs."""

    def __init__(self, client: DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start it unless it runs already; whether this call did."""
        try:
            await self._client.start_new(name, _in_path(instance_id), value)
        except Exception as error:
            if _TAKEN in str(error):
                return False
            raise _unavailable() from error
        return True

    async def get(self, instance_id: str) -> Orchestration | None:
        """One that the hub has, ended or not."""
        try:
            status = await self._client.get_status(_in_path(instance_id), show_input=True)
        except Exception as error:
            raise _unavailable() from error
        if not status and getattr(status, "message", None) != "":  # what a 404 comes to
            raise _unavailable()
        runtime = status.runtime_status
        if runtime is None or not isinstance(status.input_, (dict, str)):
            return None
        if status.input_ == "":  # too large for its row, and told from its first step on
            raise _unavailable()
        # The SDK encodes an input twice; the status takes one of the two off again.
        value = json.loads(status.input_) if isinstance(status.input_, str) else status.input_
        return Orchestration(value, runtime.name, status.last_updated_time, status.output)

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Ask for its end, which comes some time later. Nothing when it has ended."""
        try:
            await self._client.terminate(_in_path(instance_id), reason)
        except Exception as error:
            raise _unavailable() from error

    async def purge(self, instance_id: str) -> None:
        """Remove one that has ended."""
        try:
            await self._client.purge_instance_history(_in_path(instance_id))
        except Exception as error:
            raise _unavailable() from error


def _in_path(instance_id: str) -> str:
    """The SDK puts an id into an address as it is."""
    return quote(instance_id, safe="")


def _unavailable() -> Unavailable:
    detail = "The router's own task hub does not answer just now. Send the same again shortly."
    return Unavailable("hub-unavailable", detail)
