"""A real Azurite in a temporary directory, with as many fresh accounts as are asked for."""

import asyncio
import base64
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from emulator.processes import process
from emulator.stack import azurite
from harness.free_ports import free_port
from harness.waiting import until

KEY = base64.b64encode(b"not a secret: the key of every account of this Azurite").decode()
ACCOUNTS = 250
_GRACE_SECONDS = 30.0
_POLL_SECONDS = 0.05


class Azurite:
    """The addresses of one running Azurite. `ports` are those of blobs, queues and tables."""

    def __init__(self, ports: tuple[int, ...], pid: int = 0) -> None:
        self.ports = ports
        self.pid = pid
        self._numbers = itertools.count(1)

    def account(self) -> str:
        """Return the connection string of an unused account."""
        number = next(self._numbers)
        assert number <= ACCOUNTS
        return self.connection(f"account{number:03}")

    def connection(self, name: str) -> str:
        """Return the connection string of an account."""
        endpoints = (
            f"{service}Endpoint=http://127.0.0.1:{port}/{name};"
            for service, port in zip(("Blob", "Queue", "Table"), self.ports, strict=True)
        )
        scheme = "DefaultEndpointsProtocol=http;"
        return f"{scheme}AccountName={name};AccountKey={KEY};{''.join(endpoints)}"


@contextlib.asynccontextmanager
async def running_azurite(directory: Path) -> AsyncIterator[Azurite]:
    """Start Azurite, and stop it whatever happens."""
    ports = (free_port(), free_port(), free_port())
    log = directory / "azurite.log"
    command = azurite.command(directory, directory, azurite.AzuritePorts(*ports), log)
    accounts = ";".join(f"account{number:03}:{KEY}" for number in range(1, ACCOUNTS + 1))
    started = await process.start(replace(command, environment={"AZURITE_ACCOUNTS": accounts}))
    try:
        for port in ports:
            await accepting(port)
        yield Azurite(ports, started.pid)
    finally:
        await started.stop(_GRACE_SECONDS)


async def accepting(port: int) -> None:
    """Return once something accepts connections on a port of loopback."""
    await until(lambda: _accepts(port), bool, poll_seconds=_POLL_SECONDS)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
