"""The current keys of a site: read at start, changed by the admin API, stored in blobs."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from azure.core.exceptions import AzureError

from emulator.host.keys import document
from emulator.host.keys.document import Document, Edit
from emulator.host.keys.key_store import KeyStore
from emulator.host.keys.keys import HOST, Keys, new_key

REREAD_SECONDS = 5.0

log = logging.getLogger("Host.Keys")


class Keyring:
    """The keys of a site. A change replaces `keys` as a whole and then calls `on_change`."""

    def __init__(
        self, store: KeyStore, functions: Iterable[str], on_change: Callable[[], None]
    ) -> None:
        self._store = store
        self._names = [HOST, *(name.lower() for name in functions)]
        self._on_change = on_change
        self._read_at = 0.0
        self._open = asyncio.Event()
        self.keys = Keys()

    async def open(self) -> None:
        """Read all keys and create the missing ones."""
        await self._store.open()
        await self._read(document.started)
        self._open.set()

    async def opened(self, seconds: float) -> bool:
        """Return whether the keys are available, after waiting for them for a limited time."""
        if not self._open.is_set():
            try:
                await asyncio.wait_for(self._open.wait(), seconds)
            except TimeoutError:
                return False
        return True

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()

    async def of_function(self, name: str) -> None:
        """Read or create the keys of a function that has not needed any yet."""
        name = name.lower()
        if name not in self.keys.own:
            self._names.append(name)
            await self._change(name, lambda stored: stored)

    async def reread(self) -> bool:
        """Read the keys again, because another process may have changed them.

        Returns False if they were read a moment ago or cannot be read now.
        """
        if time.monotonic() - self._read_at < REREAD_SECONDS:
            return False
        try:
            await self._read(document.created)
        except AzureError as error:
            log.warning("the keys could not be read again: %s", type(error).__name__)
            return False
        return True

    async def put(self, scope: str, group: str, name: str, value: str) -> bool:
        """Set one key of a document and return True if the name is new."""
        known = False

        def edit(stored: Document) -> Document:
            nonlocal known
            known = document.has(stored, group, name)
            return document.put(stored, group, name, value)

        await self._change(scope, edit)
        return not known

    async def put_master(self, value: str | None) -> str:
        """Set the master key, or generate it without a value, and return it."""
        value = value or new_key()
        master = document.key("master", value)
        await self._change(HOST, lambda stored: {**stored, "masterKey": master})
        return value

    async def remove(self, scope: str, group: str, name: str) -> bool:
        """Remove one key of a document and return False if there is none of that name."""
        known = False

        def edit(stored: Document) -> Document:
            nonlocal known
            known = document.has(stored, group, name)
            return document.removed(stored, group, name)

        await self._change(scope, edit)
        return known

    async def _read(self, edit: Callable[[str], Edit]) -> None:
        self._read_at = time.monotonic()
        found = await asyncio.gather(*(self._store.change(n, edit(n)) for n in self._names))
        for name, stored in zip(self._names, found, strict=True):
            self.keys = document.with_keys(self.keys, name, stored)
        self._on_change()

    async def _change(self, scope: str, edit: Edit) -> None:
        create = document.created(scope)
        stored = await self._store.change(scope, lambda found: edit(create(found)))
        self.keys = document.with_keys(self.keys, scope, stored)
        self._on_change()
