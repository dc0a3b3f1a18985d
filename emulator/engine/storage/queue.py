"""One queue of a hub: send, receive, and know when to look again.

Who sends through this process wakes the queue's reader at once, for delayed messages when they
are due, so that a step never waits for a poll; polls are for what other processes send.
What the texts mean is not known here.
"""

import asyncio
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from emulator.engine.storage.rest_client import Answer, StorageError, Wire

BATCH = 32  # the most that storage hands out at once
_XML = {"Content-Type": "application/xml"}
_LONGEST_DELAY = 7 * 24 * 3600  # storage's limit for invisibility
_GRACE = 0.02  # storage counts in whole seconds; waking a moment late saves an empty poll


@dataclass(slots=True)
class QueuedText:
    """A text that was taken from a queue. Its receipt changes when the hold is renewed."""

    id: str
    receipt: str
    text: str
    dequeue_count: int


class HubQueue:
    """A queue with one reader in this process (or none) and any number of senders."""

    def __init__(self, wire: Wire, name: str, visibility_seconds: int) -> None:
        self.name = name
        self._wire = wire
        self._messages = f"/{name}/messages"
        self._visibility = visibility_seconds
        self._news = asyncio.Event()
        self._alarms: set[asyncio.TimerHandle] = set()

    async def send(self, text: str, delay_seconds: int = 0) -> None:
        """Add a text, out of sight for a number of whole seconds."""
        delay = min(delay_seconds, _LONGEST_DELAY)
        query = {"messagettl": "-1"}
        if delay:
            query["visibilitytimeout"] = str(delay)
        body = f"<QueueMessage><MessageText>{escape(text)}</MessageText></QueueMessage>"
        await self._wire.call("POST", self._messages, query=query, headers=_XML, body=body.encode())
        self.wake(delay)

    async def receive(self, at_most: int = BATCH) -> list[QueuedText]:
        """Take up to 32 texts; they are out of sight for the visibility time."""
        self._news.clear()
        query = {"numofmessages": str(at_most), "visibilitytimeout": str(self._visibility)}
        answer = await self._wire.call("GET", self._messages, query=query)
        return [_taken(message) for message in ET.fromstring(answer.body)]  # noqa: S314

    async def delete(self, taken: QueuedText) -> None:
        """Done with it. What is gone already is no error: another holder was faster."""
        await self._on(taken, "DELETE", {})

    async def hide(self, taken: QueuedText, seconds: int) -> None:
        """Keep it out of sight for a while longer; with 0, put it back."""
        answer = await self._on(taken, "PUT", {"visibilitytimeout": str(seconds)})
        if answer:
            taken.receipt = answer.headers.get("x-ms-popreceipt", taken.receipt)

    async def _on(self, taken: QueuedText, verb: str, query: dict[str, str]) -> Answer | None:
        path, receipt = f"{self._messages}/{taken.id}", taken.receipt
        try:
            return await self._wire.call(verb, path, query={"popreceipt": receipt, **query})
        except StorageError as error:
            if error.status != 404 and "PopReceiptMismatch" not in str(error):
                raise
        # Renewed at the same time: once more. Else someone else holds it by now, or it is gone.
        return await self._on(taken, verb, query) if taken.receipt != receipt else None

    async def renew(self, taken: QueuedText) -> None:
        """Hold it for another visibility time."""
        await self.hide(taken, self._visibility)

    def wake(self, after_seconds: float = 0) -> None:
        """Let the reader look again, now or later."""
        if after_seconds <= 0:
            self._news.set()
            return
        alarm = asyncio.get_running_loop().call_later(after_seconds + _GRACE, self._ring)
        self._alarms.add(alarm)
        if len(self._alarms) > 1000:
            now = asyncio.get_running_loop().time()
            self._alarms = {a for a in self._alarms if a.when() > now and not a.cancelled()}

    async def news(self, at_most_seconds: float) -> None:
        """Wait until there is something to look for, or the time is over."""
        try:
            async with asyncio.timeout(at_most_seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Forget the alarms."""
        for alarm in self._alarms:
            alarm.cancel()

    def _ring(self) -> None:
        self._news.set()


def _taken(message: ET.Element) -> QueuedText:
    return QueuedText(
        id=message.findtext("MessageId", ""),
        receipt=message.findtext("PopReceipt", ""),
        text=message.findtext("MessageText", ""),
        dequeue_count=int(message.findtext("DequeueCount", "0")),
    )
