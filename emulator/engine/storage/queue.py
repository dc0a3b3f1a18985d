"""One queue of a hub: send, receive, and wake its reader.

Sends from this process wake the queue's reader at once, or when a delayed message is due, so that
no step waits for a poll. Polling only finds what other processes send.
"""

import asyncio
import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from emulator.engine.storage.rest_client import RestClient, StorageError, StorageResponse

BATCH = 32  # the maximum that storage returns at once
_XML = {"Content-Type": "application/xml"}
_MAX_DELAY = 7 * 24 * 3600  # storage's limit for invisibility
_NOT_IN_XML = re.compile(b"\xef\xbf[\xbe\xbf]")  # U+FFFE and U+FFFF, which Azurite accepts
_REPLACEMENT = "\ufffd".encode()
_WAKE_MARGIN = 0.02  # storage counts whole seconds; waking slightly late saves an empty poll


@dataclass(slots=True)
class QueueMessage:
    """A message received from a queue. Renewing its invisibility changes its pop receipt."""

    id: str
    pop_receipt: str
    text: str
    dequeue_count: int


class HubQueue:
    """A queue with at most one reader in this process and any number of senders."""

    def __init__(self, client: RestClient, name: str, visibility_seconds: int) -> None:
        self.name = name
        self._client = client
        self._messages = f"/{name}/messages"
        self._visibility = visibility_seconds
        self._wakeup = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()

    async def send(self, text: str, delay_seconds: int = 0) -> None:
        """Send a text that stays invisible for a number of whole seconds."""
        delay = min(delay_seconds, _MAX_DELAY)
        query = {"messagettl": "-1"}
        if delay:
            query["visibilitytimeout"] = str(delay)
        body = f"<QueueMessage><MessageText>{escape(text)}</MessageText></QueueMessage>"
        await self._client.call(
            "POST", self._messages, query=query, headers=_XML, body=body.encode()
        )
        self.wake(delay)

    async def receive(self, at_most: int = BATCH) -> list[QueueMessage]:
        """Receive up to 32 messages, which become invisible for the visibility timeout."""
        self._wakeup.clear()
        query = {"numofmessages": str(at_most), "visibilitytimeout": str(self._visibility)}
        response = await self._client.call("GET", self._messages, query=query)
        return [_parsed(message) for message in ET.fromstring(_as_xml(response.body))]  # noqa: S314

    async def delete(self, message: QueueMessage) -> None:
        """Delete a message. It is no error if another holder was faster."""
        await self._update(message, "DELETE", {})

    async def hide(self, message: QueueMessage, seconds: int) -> None:
        """Keep a message invisible for some more seconds, or make it visible with 0."""
        response = await self._update(message, "PUT", {"visibilitytimeout": str(seconds)})
        if response:
            message.pop_receipt = response.headers.get("x-ms-popreceipt", message.pop_receipt)

    async def _update(
        self, message: QueueMessage, verb: str, query: dict[str, str]
    ) -> StorageResponse | None:
        path, pop_receipt = f"{self._messages}/{message.id}", message.pop_receipt
        try:
            return await self._client.call(verb, path, query={"popreceipt": pop_receipt, **query})
        except StorageError as error:
            if error.status != 404 and "PopReceiptMismatch" not in str(error):
                raise
        if message.pop_receipt == pop_receipt:
            return None  # another holder has it, or it is gone
        return await self._update(message, verb, query)  # a concurrent renewal changed the receipt

    async def renew(self, message: QueueMessage) -> None:
        """Keep a message invisible for another visibility timeout."""
        await self.hide(message, self._visibility)

    def wake(self, after_seconds: float = 0) -> None:
        """Wake the reader now or after a delay."""
        if after_seconds <= 0:
            self._wakeup.set()
            return
        timer = asyncio.get_running_loop().call_later(
            after_seconds + _WAKE_MARGIN, self._wakeup.set
        )
        self._timers.add(timer)
        if len(self._timers) > 1000:
            now = asyncio.get_running_loop().time()
            self._timers = {t for t in self._timers if t.when() > now and not t.cancelled()}

    async def wait_for_wakeup(self, timeout_seconds: float) -> None:
        """Wait until the reader is woken or the timeout has passed."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._wakeup.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Cancel all pending wake-ups."""
        for timer in self._timers:
            timer.cancel()


def _as_xml(body: bytes) -> bytes:
    """Return the answer without what a parser refuses, which would hide all other messages."""
    return _NOT_IN_XML.sub(_REPLACEMENT, body)


def _parsed(message: ET.Element) -> QueueMessage:
    return QueueMessage(
        id=message.findtext("MessageId", ""),
        pop_receipt=message.findtext("PopReceipt", ""),
        text=message.findtext("MessageText", ""),
        dequeue_count=int(message.findtext("DequeueCount", "0")),
    )
