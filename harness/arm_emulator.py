"""Azure Resource Manager on loopback: a process of the emulator, with its fault injection."""

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
from harness.azurite import accepting
from harness.free_ports import free_port


@dataclass(frozen=True, slots=True)
class ArmEmulator:
    """One running emulator. `environment` holds what the router's identity needs."""

    url: str
    environment: dict[str, str]

    async def fault(self, effect: str, path: str, **others: Any) -> None:
        """Inject a fault into the next matching request."""
        async with aiohttp.ClientSession() as session:
            await inject_fault(session, self.url, {"effect": effect, "path": path, **others})

    async def faults(self) -> list[dict[str, Any]]:
        """Return the faults that no request has met yet."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/emulator/faults") as answer,
        ):
            left: list[dict[str, Any]] = await answer.json()
            return left

    async def clear_faults(self) -> None:
        """Remove all faults."""
        async with aiohttp.ClientSession() as session:
            await remove_faults(session, self.url)


async def inject_fault(session: aiohttp.ClientSession, arm_url: str, fault: dict[str, Any]) -> None:
    """Add a fault to the emulator at this address."""
    async with session.post(f"{arm_url}/emulator/faults", json=fault) as answer:
        assert answer.status == 201, await answer.text()


async def remove_faults(session: aiohttp.ClientSession, arm_url: str) -> None:
    """Remove all faults from the emulator at this address."""
    async with session.delete(f"{arm_url}/emulator/faults") as answer:
        assert answer.status == 204, await answer.text()


@contextlib.asynccontextmanager
async def running_arm(
    directory: Path, storage: str, log: Path | None = None, latency: float = 0.6
) -> AsyncIterator[ArmEmulator]:
    """Start the emulator, and stop it with every host that it has started."""
    port = free_port()
    with (log or Path(os.devnull)).open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "emulator.arm", "--port", str(port)),
            *("--state", str(directory), "--storage", storage, "--latency", str(latency)),
            stderr=output,
        )
    try:
        await accepting(port)
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
