"""The channel between a host and its worker: messages of JSON fields and raw bytes on a socket.

The bytes carry what may be large, an HTTP body or a history, without an encoding of their own.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SIZES = struct.Struct("!II")

Fields = Mapping[str, Any]


def encode(fields: Fields, payload: bytes = b"") -> bytes:
    """Return the bytes of one message."""
    head = json.dumps(fields, separators=(",", ":")).encode()
    return b"".join((_SIZES.pack(len(head), len(payload)), head, payload))


def to_bytes(text: str) -> bytes:
    """Return a text as a payload, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def to_text(payload: bytes) -> str:
    """Return the text of a payload."""
    return payload.decode("utf-8", "surrogatepass")


class MessageReader:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Yield the messages that are complete with this data."""
        self._buffer += data
        start = 0
        while len(self._buffer) >= start + _SIZES.size:
            head, payload = _SIZES.unpack_from(self._buffer, start)
            begin = start + _SIZES.size
            end = begin + head + payload
            if len(self._buffer) < end:
                break
            fields = json.loads(self._buffer[begin : begin + head])
            yield fields, bytes(self._buffer[begin + head : end])
            start = end
        del self._buffer[:start]


class Channel(asyncio.Protocol):
    """One end of a channel, which calls `on_message` for each message and `on_end` at its end."""

    def __init__(
        self, on_message: Callable[[dict[str, Any], bytes], None], on_end: Callable[[], None]
    ) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._reader = MessageReader()
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def open(
        cls,
        end: socket.socket,
        on_message: Callable[[dict[str, Any], bytes], None],
        on_end: Callable[[], None],
    ) -> "Channel":
        """Open the channel on one end of a pair of connected sockets."""
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(lambda: cls(on_message, on_end), sock=end)
        return channel

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for sending."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over the messages that have become complete."""
        for fields, payload in self._reader.feed(data):
            self._on_message(fields, payload)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's interface
        """Report that the other end is gone."""
        self._transport = None
        self._on_end()

    def send(self, fields: Fields, payload: bytes = b"") -> None:
        """Send a message. Without the other end it is lost."""
        if self._transport is not None:
            self._transport.write(encode(fields, payload))

    def close(self) -> None:
        """Close this end."""
        if self._transport is not None:
            self._transport.close()
