"""A forwarder of TCP connections from a socket that outlives the host to the port of the host.

Core Tools cannot be given a socket. The forwarder accepts on the site's own one in its place.
"""

import asyncio
import contextlib
import socket

from emulator.processes.ports import LOOPBACK

_CHUNK = 65_536


async def forward(listener: socket.socket, port: int) -> asyncio.Server:
    """Accept connections and pass each one on to the port. One that is refused is closed."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            host_reader, host_writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            writer.close()
            return
        async with asyncio.TaskGroup() as directions:
            directions.create_task(_copy(reader, host_writer))
            directions.create_task(_copy(host_reader, writer))
        for side in (writer, host_writer):
            side.close()

    return await asyncio.start_server(relay, sock=listener)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until its end, and pass the end on."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
