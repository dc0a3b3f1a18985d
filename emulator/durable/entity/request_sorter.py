"""Orders the requests that orchestrations send to one entity, and drops those that came twice.

Owns the `sorter` of an entity's stored state, in the form that the engine stores. Requests from
clients are not ordered. Pure but for the state it is given, which it changes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.durable.dotnet.ticks import NEVER, TICKS_PER_SECOND, text, ticks

WINDOW = 30 * 60 * TICKS_PER_SECOND
BETWEEN_CLEANINGS = 10 * TICKS_PER_SECOND

Request = Mapping[str, Any]


class Sorter:
    """The requests that have come, per sender: up to which one delivered, and which wait."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self._stored = stored
        self._horizon = ticks(stored.get("ReceiveHorizon", NEVER))

    def receive(self, message: Request) -> Iterator[Request]:
        """What may be worked on now that `message` has come, in order."""
        sender = message.get("parent")
        if sender is None or not message.get("Timestamp"):
            yield message
            return
        stamp = ticks(message["Timestamp"])
        if self._horizon + WINDOW + BETWEEN_CLEANINGS < stamp:
            yield from self._move_horizon(stamp - WINDOW)
        if stamp < self._horizon:
            yield message
            return
        yield from self._receive_from(sender.lower(), sender, message)

    def _receive_from(self, key: str, sender: str, message: Request) -> Iterator[Request]:
        senders = self._stored.setdefault("ReceivedFromInstance", {})
        name = next((each for each in senders if each.lower() == key), sender)
        buffer = senders.setdefault(name, {"Last": NEVER})
        if buffer.get("ExecutionId") != message.get("parentExecution"):
            yield from buffer.pop("Buffered", {}).values()
            buffer.update(Last=NEVER, ExecutionId=message.get("parentExecution"))
        stamp, last = ticks(message["Timestamp"]), ticks(buffer["Last"])
        if stamp <= last:
            return
        before = ticks(message.get("Predecessor") or NEVER)
        if before > last and before >= self._horizon:
            buffer.setdefault("Buffered", {})[message["Timestamp"]] = message
            return
        yield self._delivered(buffer, message)
        yield from self._follow_up(buffer)

    def _follow_up(self, buffer: dict[str, Any]) -> Iterator[Request]:
        waiting = buffer.get("Buffered", {})
        for stamp in sorted(waiting, key=ticks):
            before = ticks(waiting[stamp].get("Predecessor") or NEVER)
            if before > ticks(buffer["Last"]) and before >= self._horizon:
                break
            yield self._delivered(buffer, waiting.pop(stamp))
        if not waiting:
            buffer.pop("Buffered", None)

    def _delivered(self, buffer: dict[str, Any], message: Request) -> Request:
        in_window = ticks(message["Timestamp"]) >= self._horizon
        buffer["Last"] = message["Timestamp"] if in_window else NEVER
        return message

    def _move_horizon(self, horizon: int) -> Iterator[Request]:
        self._horizon = horizon
        self._stored["ReceiveHorizon"] = text(horizon) + "Z"
        senders = self._stored.get("ReceivedFromInstance", {})
        for name, buffer in list(senders.items()):
            if ticks(buffer["Last"]) < horizon:
                buffer["Last"] = NEVER
            yield from self._follow_up(buffer)
            if buffer["Last"] == NEVER and not buffer.get("Buffered"):
                del senders[name]
        if not senders:
            self._stored.pop("ReceivedFromInstance", None)
