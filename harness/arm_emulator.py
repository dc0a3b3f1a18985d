"""Azure Resource Manager on loopback: a process of the emulator, with its fault switches."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from emulator.processes.process import find
from harness.azurite import answering
from harness.free_ports import free_port

READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ArmEmulator:
    """One running emulator; `environment` is what the router's identity needs."""

    url: str
    environment: dict[str, str]

    async def fault(self, effect: str, path: str, **others: Any) -> None:
        """Let the next matching call suffer."""
        fault = {"effect": effect, "path": path, **others}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/emulator/faults", json=fault) as answer,
        ):
            assert answer.status == 201, await answer.text()

    async def faults(self) -> list[dict[str, Any]]:
        """The faults that nothing has suffered yet."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/emulator/faults") as answer,
        ):
            left: list[dict[str, Any]] = await answer.json()
            return left

    async def clear_faults(self) -> None:
        async with aiohttp.ClientSession() as session:
            await session.delete(f"{self.url}/emulator/faults")


@contextlib.asynccontextmanager
async def running_arm(
    directory: Path, storage: str, log: Path | None = None, latency: float = 0.6
) -> AsyncIterator[ArmEmulator]:
    """Start the emulator, and stop it with every host that it started."""
    port = free_port()
    with (log or Path(os.devnull)).open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "emulator.arm", "--port", str(port)),
            *("--state", str(directory), "--storage", storage, "--latency", str(latency)),
            stderr=output,
        )
    try:
        async with asyncio.timeout(READY_SECONDS):
            await answering(port)
        secrets = json.loads((directory / "identity.json").read_text())
        url = f"http://127.0.0.1:{port}"
        yield ArmEmulator(
            url,
            {"IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": secrets["header"]},
        )
    finally:
        process.terminate()
        await process.wait()
        for host in find(directory):
            await host.stop(1)
