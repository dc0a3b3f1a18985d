"""The current keys of a site: read at start, changed by the admin API, stored in blobs."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from azure.core.exceptions import AzureError

from emulator.host.keys.key_store import Document, KeyStore
from emulator.host.keys.keys import HOST, Keys, complete

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
        await self._read()
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

    async def reread(self) -> bool:
        """Read the keys again, because another process may have changed them.

        Returns False if they were read a moment ago or cannot be read now.
        """
        if time.monotonic() - self._read_at < REREAD_SECONDS:
            return False
        try:
            await self._read()
        except AzureError as error:
            log.warning("the keys could not be read again: %s", type(error).__name__)
            return False
        return True

    async def put(self, scope: str, group: str, name: str, value: str) -> bool:
        """Set one key of a document and return True if the name is new."""
        known = False

        def edit(document: Document) -> Document:
            nonlocal known
            known = name in document[group]
            return {**document, group: {**document[group], name: value}}

        await self._change(scope, edit)
        return not known

    async def put_master(self, value: str) -> None:
        """Set the master key."""
        await self._change(HOST, lambda document: {**document, "masterKey": value})

    async def remove(self, scope: str, group: str, name: str) -> bool:
        """Remove one key of a document and return False if there is none of that name."""
        known = False

        def edit(document: Document) -> Document:
            nonlocal known
            known = name in document[group]
            return {**document, group: {k: v for k, v in document[group].items() if k != name}}

        await self._change(scope, edit)
        return known

    async def _read(self) -> None:
        self._read_at = time.monotonic()
        documents = await asyncio.gather(
            *(self._store.change(name, complete(name)) for name in self._names)
        )
        for name, document in zip(self._names, documents, strict=True):
            self._replace(name, document)
        self._on_change()

    async def _change(self, scope: str, edit: Callable[[Document], Document]) -> None:
        completed = complete(scope)

        def edit_completed(document: dict[str, Any]) -> Document:
            return edit(completed(document))

        self._replace(scope, await self._store.change(scope, edit_completed))
        self._on_change()

    def _replace(self, name: str, document: Document) -> None:
        self.keys = self.keys.with_document(name, document)
