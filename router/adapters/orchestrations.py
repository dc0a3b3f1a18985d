"""The router's own orchestrations, through Durable's client as the SDK gives it.

Owns what "start once" means: an id that runs already is not an error; and what the SDK makes of
errors: it tells a conflict by an exception's text only, any other by an exception of no kind of
its own, and a status that can't be read like one that is not there.
"""

import json
from typing import Any

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from router.core.errors import Unavailable

_TAKEN = "already exists"
_UNFINISHED = {
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.ContinuedAsNew,
    OrchestrationRuntimeStatus.Suspended,
}


class HubOrchestrations:
    """The port's Orchestrations, for as long as the function that was given the client runs."""

    def __init__(self, client: DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start it unless it runs already; whether this call did."""
        try:
            await self._client.start_new(name, instance_id, value)
        except Exception as error:
            if _TAKEN in str(error):
                return False
            raise _unavailable() from error
        return True

    async def unfinished(self, instance_id: str) -> dict[str, Any] | None:
        """The input of one that has not ended, else None."""
        try:
            status = await self._client.get_status(instance_id, show_input=True)
        except Exception as error:
            raise _unavailable() from error
        if not status and getattr(status, "message", None) != "":  # what a 404 comes to
            raise _unavailable()
        if status.runtime_status not in _UNFINISHED or not isinstance(status.input_, (dict, str)):
            return None
        if status.input_ == "":  # too large for its row, and told from its first step on
            raise _unavailable()
        # The SDK encodes an input twice; the status takes one of the two off again.
        found: dict[str, Any] = (
            json.loads(status.input_) if isinstance(status.input_, str) else status.input_
        )
        return found


def _unavailable() -> Unavailable:
    detail = "The router's own task hub does not answer just now. Send the same again shortly."
    return Unavailable("hub-unavailable", detail)
