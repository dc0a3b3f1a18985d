"""The scale controller: it looks for what the triggers of the sites name, and wakes them.

As Azure's does, it peeks at the head of each queue, so a message counts once it is visible: that of
a durable timer when the timer is due, that of a killed host after the visibility timeout.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import aiohttp
from azure.core.exceptions import AzureError

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.scaling.background import sources
from emulator.arm.scaling.storage_checks import has_blob, has_message, queue_client
from emulator.arm.scaling.synced_triggers import Synced, synced
from emulator.arm.sites import runtime
from emulator.durable.app.connections import UnknownConnectionError, connection_string
from emulator.engine.storage.rest_client import StorageError, open_session

_log = logging.getLogger(__name__)
_PERIOD_SECONDS = 1.0
_LEAD = timedelta(seconds=10)  # in which a host starts before its timer is due
_MARGIN = timedelta(seconds=5)  # in which a blob may have been written unseen before a host ended
_UNREADABLE = (
    UnknownConnectionError,
    StorageError,
    AzureError,
    aiohttp.ClientError,
    OSError,
    KeyError,
    ValueError,
)

type Question = Callable[[], Awaitable[bool]]


async def run(cloud: Cloud) -> None:
    """Check what the triggers of the sites name that process nothing, again and again."""
    controller = _Controller(cloud)
    async with open_session() as session:
        while True:
            await controller.check(session)
            await asyncio.sleep(_PERIOD_SECONDS)


class _Controller:
    """Knows since when each site has processed nothing, and whether it has done so before."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._asleep: dict[str, datetime] = {}
        self._worked: set[str] = set()

    async def check(self, session: aiohttp.ClientSession) -> None:
        checks = []
        for site, triggers in synced(self._cloud):
            name = site["name"]
            if self._cloud.hosting.lacks_work(name):
                since = self._asleep.setdefault(name, datetime.now(UTC))
                checks.append(self._check(session, site, triggers, since))
            else:
                self._asleep.pop(name, None)
                self._worked.add(name)
        await asyncio.gather(*checks)

    async def _check(
        self, session: aiohttp.ClientSession, site: Document, triggers: Synced, since: datetime
    ) -> None:
        settings = runtime.settings(self._cloud, site)
        found = sources(triggers.background, settings)

        async def messages(connection: str, names: Iterable[str]) -> bool:
            client = queue_client(session, connection_string(settings, connection))
            return any(await asyncio.gather(*(has_message(client, name) for name in names)))

        async def blobs() -> bool:
            written = since - _MARGIN if site["name"] in self._worked else None
            checks = (
                has_blob(connection_string(settings, connection), path, written)
                for connection, path in found.blobs
            )
            return any(await asyncio.gather(*checks))

        async def hub() -> bool:
            watched = triggers.hub
            return watched is not None and await messages(watched.connection, watched.queues)

        async def queues() -> bool:
            checks = (messages(connection, [name]) for connection, name in found.queues)
            return any(await asyncio.gather(*checks))

        is_due = found.is_due(since, datetime.now(UTC) + _LEAD)
        if is_due or any([await _checked(site["name"], each) for each in (hub, queues, blobs)]):
            self._cloud.hosting.work_found(site["name"])


async def _checked(name: str, question: Question) -> bool:
    try:
        return await question()
    except _UNREADABLE as error:
        _log.warning("the triggers of %s cannot be read: %s", name, error)
        return False
