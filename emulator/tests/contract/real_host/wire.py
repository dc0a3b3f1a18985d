"""Raw exchanges on one new connection each: bytes are sent, answers are parsed leniently."""

import asyncio
from dataclasses import dataclass, field

from multidict import CIMultiDict

OPEN_SECONDS = 0.05  # a connection that is open after this time stays so
CLOSED_SECONDS = 2.0
ANSWER_SECONDS = 12.0
HANGS_SECONDS = 1.0


@dataclass
class Received:
    """An answer. `complete` is False if its body ended before its length, or did not end."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    complete: bool = True


@dataclass
class Exchange:
    """The answers that came on a connection, and whether the server closed it."""

    answers: list[Received] = field(default_factory=list)
    closed: bool = False


class _Stream:
    """The received bytes of a connection."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader
        self.buffer = b""
        self.ended = False

    async def more(self, seconds: float) -> bool:
        """Return whether more bytes came in time."""
        try:
            data = await asyncio.wait_for(self.reader.read(1 << 20), seconds)
        except TimeoutError:
            return False
        except ConnectionError:
            data = b""
        self.ended = not data
        self.buffer += data
        return bool(data)


async def exchange(
    port: int,
    raw: bytes,
    *,
    then: bytes | None = None,
    half_close: bool = False,
    answers: int = 1,
    closes: bool = False,
) -> Exchange:
    """Send a request and return a number of answers, fewer if the server refuses or closes.

    `closes` says whether to wait for the server to close the connection.
    """
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return Exchange(closed=True)
    writer.write(raw)
    if then is not None:
        await asyncio.sleep(0.5)
        writer.write(then)
    if half_close:
        writer.write_eof()
    stream, done = _Stream(reader), Exchange()
    for _ in range(answers):
        received = await _receive(stream, is_head=raw.startswith(b"HEAD "))
        if received is None:
            break
        done.answers.append(received)
    if not stream.ended:
        await stream.more(CLOSED_SECONDS if closes else OPEN_SECONDS)
    done.closed = stream.ended
    writer.close()
    return done


async def _receive(stream: _Stream, *, is_head: bool) -> Received | None:
    while b"\r\n\r\n" not in stream.buffer:
        if not await stream.more(ANSWER_SECONDS):
            return None
    head, _, stream.buffer = stream.buffer.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = CIMultiDict((n, v.strip()) for n, _, v in (each.partition(":") for each in lines))
    received = Received(int(line.split(" ")[1]), headers, b"")
    if not is_head and received.status not in {204, 304} and received.status >= 200:
        await _body(stream, received)
    return received


async def _body(stream: _Stream, received: Received) -> None:
    chunked = received.headers.get("Transfer-Encoding") == "chunked"
    length = received.headers.get("Content-Length")
    while True:
        data = stream.buffer
        if chunked and (end := _end_of_chunks(data)):
            received.body, stream.buffer = _joined(data[:end]), data[end:]
            return
        if length is not None and len(data) >= int(length):
            received.body, stream.buffer = data[: int(length)], data[int(length) :]
            return
        if not await stream.more(ANSWER_SECONDS if not chunked else HANGS_SECONDS):
            received.complete = not chunked and length is None and stream.ended
            received.body, stream.buffer = (b"" if chunked else data), b""
            return


def _end_of_chunks(data: bytes) -> int:
    at = data.find(b"0\r\n\r\n")
    while at > 0 and not data[:at].endswith(b"\r\n"):
        at = data.find(b"0\r\n\r\n", at + 1)
    return at + 5 if at >= 0 else 0


def _joined(data: bytes) -> bytes:
    body, at = b"", 0
    while size := int(data[at : (end := data.index(b"\r\n", at))], 16):
        body += data[end + 2 : end + 2 + size]
        at = end + 4 + size
    return body
