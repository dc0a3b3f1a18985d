"""Work that enters a line beside the router, by a client of its task hub."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from emulator.engine.hub import HubSettings, TaskHub
from emulator.engine.model.hub_settings import MessageEncoding


def client(storage: str, line: dict[str, Any]) -> AbstractAsyncContextManager[TaskHub]:
    """Return a client of the hub of a line as `GET /api/lines/{line}` shows it."""
    hub = line["hub"]
    settings = HubSettings(
        line["taskHub"],
        storage,
        storage,
        hub["trackingPrefix"],
        partition_count=hub["partitionCount"],
        encoding=MessageEncoding.BASE64,
    )
    return TaskHub(settings)
