"""The router's own orchestrations, through Durable's client as the SDK gives it.

Owns what "start once" means: an id that runs already is not an error. The SDK tells a conflict by
an exception's text only; that is looked at here and nowhere else.
"""

import json
from typing import Any

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

_TAKEN = "already exists"
_UNFINISHED = {
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.ContinuedAsNew,
    OrchestrationRuntimeStatus.Suspended,
}


class Orchestrations:
    """Starts and looks up orchestrations of the router's own task hub."""

    def __init__(self, client: DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start it unless it runs already; whether this call did."""
        try:
            await self._client.start_new(name, instance_id, value)
        except Exception as error:
            if _TAKEN in str(error):
                return False
            raise
        return True

    async def unfinished(self, instance_id: str) -> dict[str, Any] | None:
        """The input of one that has not ended, else None."""
        status = await self._client.get_status(instance_id, show_input=True)
        if status.runtime_status not in _UNFINISHED or not isinstance(status.input_, (dict, str)):
            return None
        # The SDK encodes an input twice; the status takes one of the two off again.
        found: dict[str, Any] = (
            json.loads(status.input_) if isinstance(status.input_, str) else status.input_
        )
        return found
