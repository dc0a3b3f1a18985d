"""Orders the requests that orchestrations send to one entity and drops duplicates.

The sorter's state is stored with the entity in the engine's format. Requests from clients are not
ordered.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.durable.dotnet.ticks import MIN_TIME, TICKS_PER_SECOND, to_text, to_ticks

WINDOW = 30 * 60 * TICKS_PER_SECOND
CLEANUP_INTERVAL = 10 * TICKS_PER_SECOND

Request = Mapping[str, Any]


class RequestSorter:
    """The requests received per sender: the last one delivered and those still buffered."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self._stored = stored
        self._horizon = to_ticks(stored.get("ReceiveHorizon", MIN_TIME))

    def receive(self, message: Request) -> Iterator[Request]:
        """Yield, in order, the requests that are ready now that `message` has arrived."""
        sender = message.get("parent")
        if sender is None or not message.get("Timestamp"):
            yield message
            return
        stamp = to_ticks(message["Timestamp"])
        if self._horizon + WINDOW + CLEANUP_INTERVAL < stamp:
            yield from self._move_horizon(stamp - WINDOW)
        if stamp < self._horizon:
            yield message
            return
        yield from self._receive_from(sender.lower(), sender, message)

    def _receive_from(self, key: str, sender: str, message: Request) -> Iterator[Request]:
        senders = self._stored.setdefault("ReceivedFromInstance", {})
        name = next((each for each in senders if each.lower() == key), sender)
        buffer = senders.setdefault(name, {"Last": MIN_TIME})
        if buffer.get("ExecutionId") != message.get("parentExecution"):
            yield from buffer.pop("Buffered", {}).values()
            buffer.update(Last=MIN_TIME, ExecutionId=message.get("parentExecution"))
        stamp, last = to_ticks(message["Timestamp"]), to_ticks(buffer["Last"])
        if stamp <= last:
            return
        predecessor = to_ticks(message.get("Predecessor") or MIN_TIME)
        if predecessor > last and predecessor >= self._horizon:
            buffer.setdefault("Buffered", {})[message["Timestamp"]] = message
            return
        yield self._delivered(buffer, message)
        yield from self._release_buffered(buffer)

    def _release_buffered(self, buffer: dict[str, Any]) -> Iterator[Request]:
        waiting = buffer.get("Buffered", {})
        for stamp in sorted(waiting, key=to_ticks):
            predecessor = to_ticks(waiting[stamp].get("Predecessor") or MIN_TIME)
            if predecessor > to_ticks(buffer["Last"]) and predecessor >= self._horizon:
                break
            yield self._delivered(buffer, waiting.pop(stamp))
        if not waiting:
            buffer.pop("Buffered", None)

    def _delivered(self, buffer: dict[str, Any], message: Request) -> Request:
        in_window = to_ticks(message["Timestamp"]) >= self._horizon
        buffer["Last"] = message["Timestamp"] if in_window else MIN_TIME
        return message

    def _move_horizon(self, horizon: int) -> Iterator[Request]:
        self._horizon = horizon
        self._stored["ReceiveHorizon"] = to_text(horizon) + "Z"
        senders = self._stored.get("ReceivedFromInstance", {})
        for name, buffer in list(senders.items()):
            if to_ticks(buffer["Last"]) < horizon:
                buffer["Last"] = MIN_TIME
            yield from self._release_buffered(buffer)
            if buffer["Last"] == MIN_TIME and not buffer.get("Buffered"):
                del senders[name]
        if not senders:
            self._stored.pop("ReceivedFromInstance", None)
