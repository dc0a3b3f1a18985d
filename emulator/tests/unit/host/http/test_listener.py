"""The server on a real socket: bodies, pipelining, limits, its end."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from emulator.host.http import listener
from emulator.host.http.listener import Listener
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request

GET = b"GET /%b HTTP/1.1\r\nHost: h\r\n\r\n"
CHUNKED = b"POST /read HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


class Client:
    """A connection that sends bytes and reads answers of a known length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, data: bytes) -> tuple[int, bytes]:
        self.writer.write(data)
        return await self.answer()

    async def answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (line[16:] for line in head.split("\r\n") if line.startswith("Content-Length: ")), "0"
        )
        return int(head[9:12]), await self.reader.readexactly(int(length))

    async def is_closed(self) -> bool:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self.reader.read(1), 0.5) == b""
        return False


async def handler(request: Request) -> Answer:
    if request.path == "/slow":
        await asyncio.sleep(0.2)
    if request.path == "/fail":
        raise ValueError
    body = await request.read() if request.path == "/read" else b"-"
    return Answer(200, body + request.path.encode())


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    monkeypatch.setenv(listener.LIMIT, "10")
    listening = socket.create_server(("127.0.0.1", 0))
    made = Listener(handler, listening, grace=2.0)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(server: Listener) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*server._socket.getsockname())
    yield Client(reader, writer)
    writer.close()


async def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    client.writer.write(GET % b"slow" + GET % b"b" + b"RUBBISH\r\n")
    assert [await client.answer() for _ in range(3)] == [
        (200, b"-/slow"),
        (200, b"-/b"),
        (400, b""),
    ]
    assert await client.is_closed()


async def test_chunks_are_joined_and_trailers_skipped(client: Client) -> None:
    body = b"2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nTrailer: t\r\n\r\n"
    assert await client.ask(CHUNKED + body) == (200, b"abcde/read")
    assert await client.ask(GET % b"next") == (200, b"-/next")


async def test_malformed_chunks_are_400_if_they_are_read(client: Client) -> None:
    assert await client.ask(CHUNKED + b"zz\r\n") == (400, b"")
    assert await client.is_closed()


async def test_unread_body_is_skipped(client: Client) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
    assert await client.ask(head + b"abc" + GET % b"next") == (200, b"-/x")
    assert await client.answer() == (200, b"-/next")


async def test_waiting_client_is_asked_for_its_body(client: Client) -> None:
    head = b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert await client.ask(head) == (100, b"")
    assert await client.ask(b"ab") == (200, b"ab/read")


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
        CHUNKED + b"b\r\n",
    ],
)
async def test_too_large_body_is_500_before_it_is_sent(client: Client, sent: bytes) -> None:
    assert await client.ask(sent) == (500, b"")
    assert await client.is_closed()


async def test_failing_handler_is_500_and_connection_stays(client: Client) -> None:
    assert await client.ask(GET % b"fail") == (500, b"")
    assert await client.ask(GET % b"next") == (200, b"-/next")


async def test_idle_connection_is_closed(client: Client, server: Listener) -> None:
    assert await client.ask(GET % b"a") == (200, b"-/a")
    for connection in list(server._connections):
        connection.finish_if_idle(60.0)
    assert await client.ask(GET % b"b") == (200, b"-/b")
    for connection in list(server._connections):
        connection.finish_if_idle(-1.0)
    assert await client.is_closed()


async def test_first_request_of_a_connection_is_answered_in_a_stop(
    client: Client, server: Listener
) -> None:
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.05)
    assert await client.ask(GET % b"late") == (200, b"-/late")
    assert await client.is_closed()
    await stopping


async def test_request_in_progress_is_answered_during_stop(
    client: Client, server: Listener
) -> None:
    client.writer.write(GET % b"slow")
    await asyncio.sleep(0.05)
    stopping = asyncio.create_task(server.stop())
    assert await client.answer() == (200, b"-/slow")
    assert await client.is_closed()
    await stopping
