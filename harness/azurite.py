"""A real Azurite in a temporary directory, with as many fresh accounts as the tests ask for."""

import asyncio
import base64
import contextlib
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

from harness.free_ports import free_ports

PROGRAM = Path(__file__).parents[1] / "emulator/azurite/node_modules/.bin/azurite"
KEY = base64.b64encode(b"not a secret: the key of every account of this Azurite").decode()
ACCOUNTS = 250
READY_SECONDS = 60


class Azurite:
    """The addresses of one running Azurite."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self.ports = ports
        self._numbers = itertools.count(1)

    def account(self) -> str:
        """The connection string of an account that no test has used."""
        number = next(self._numbers)
        assert number <= ACCOUNTS
        return self.connection(f"account{number:03}")

    def connection(self, name: str) -> str:
        """A connection string for an account's name."""
        endpoints = (
            f"{service}Endpoint=http://127.0.0.1:{port}/{name};"
            for service, port in zip(("Blob", "Queue", "Table"), self.ports, strict=True)
        )
        scheme = "DefaultEndpointsProtocol=http;"
        return f"{scheme}AccountName={name};AccountKey={KEY};{''.join(endpoints)}"

    async def answers(self) -> None:
        """Return once every service takes connections."""
        async with asyncio.timeout(READY_SECONDS):
            for port in self.ports:
                await answering(port)


@contextlib.asynccontextmanager
async def running_azurite(directory: Path) -> AsyncIterator[Azurite]:
    """Start Azurite, and stop it again."""
    azurite = Azurite(free_ports(3))
    names = ("blob", "queue", "table")
    ports = (
        option
        for name, port in zip(names, azurite.ports, strict=True)
        for option in (f"--{name}Host", "127.0.0.1", f"--{name}Port", str(port))
    )
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *ports,
        *("--location", str(directory), "--silent", "--skipApiVersionCheck"),
        "--disableTelemetry",
        env=os.environ | {"AZURITE_ACCOUNTS": _accounts()},
    )
    try:
        await azurite.answers()
        yield azurite
    finally:
        process.terminate()
        await process.wait()


def _accounts() -> str:
    return ";".join(f"account{number:03}:{KEY}" for number in range(1, ACCOUNTS + 1))


async def answering(port: int) -> None:
    """Return once something takes connections on a port."""
    while not await _open(port):  # noqa: ASYNC110 - nobody tells when it listens
        await asyncio.sleep(0.05)


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
