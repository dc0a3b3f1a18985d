"""The scale controller: it looks for messages in the queues that the triggers of the sites name.

As Azure's does, it peeks at the head of each queue, so a message counts once it is visible: that of
a timer when the timer is due, that of a killed host after the visibility timeout.
"""

import asyncio
import logging

import aiohttp

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.scaling.synced_triggers import synced
from emulator.arm.scaling.triggers import Watched
from emulator.arm.sites import runtime
from emulator.durable.app.connections import UnknownConnectionError, connection_string
from emulator.engine.storage.rest_client import (
    RestClient,
    StorageError,
    open_session,
    storage_service,
)

_log = logging.getLogger(__name__)
_PERIOD_SECONDS = 1.0
_VISIBLE = b"<QueueMessage>"
_UNREADABLE = (
    UnknownConnectionError,
    StorageError,
    aiohttp.ClientError,
    OSError,
    KeyError,
    ValueError,
)
_PEEK = {"peekonly": "true", "numofmessages": "1"}


async def run(cloud: Cloud) -> None:
    """Look at the queues of the sites that process none, again and again."""
    async with open_session() as session:
        while True:
            await asyncio.gather(
                *(
                    _look(cloud, session, site, hub)
                    for site, hub in synced(cloud)
                    if cloud.hosting.lacks_work(site["name"])
                )
            )
            await asyncio.sleep(_PERIOD_SECONDS)


async def _look(cloud: Cloud, session: aiohttp.ClientSession, site: Document, hub: Watched) -> None:
    try:
        connection = connection_string(runtime.settings(cloud, site), hub.connection)
        client = RestClient(session, storage_service(connection, "queue"))
        found = await asyncio.gather(*(_has_message(client, name) for name in hub.queues))
    except _UNREADABLE as error:
        _log.warning("the queues of %s cannot be read: %s", site["name"], error)
        return
    if any(found):
        cloud.hosting.work_found(site["name"])


async def _has_message(client: RestClient, queue: str) -> bool:
    """Return whether a message is visible in a queue, which may not have been created yet."""
    try:
        answer = await client.call("GET", f"/{queue}/messages", query=_PEEK)
    except StorageError as error:
        if error.status == 404:
            return False
        raise
    return _VISIBLE in answer.body
