"""The process of Azure Functions Core Tools: its command line, environment and readiness."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from emulator.processes.ports import LOOPBACK

_POLL_SECONDS = 0.2
_TIMEOUT = aiohttp.ClientTimeout(total=5)


class FuncMissingError(Exception):
    """Core Tools are not installed."""


class FuncEndedError(Exception):
    """Core Tools ended before the app was ready."""


@dataclass(frozen=True, slots=True)
class FuncApp:
    """A function app for Core Tools. `port` is its own, behind the one that clients use."""

    package: Path
    site: str
    port: int

    @property
    def command(self) -> list[str]:
        """The command line. Raises FuncMissingError."""
        options = ("--port", str(self.port), "--script-root", str(self.package), "--no-build")
        return [executable(), "start", *options]

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the environment that makes the host keep its keys where Azure keeps them."""
        python = Path(sys.executable)
        return {
            **settings,
            "PATH": f"{python.parent}{os.pathsep}{settings.get('PATH', '')}",
            "languageWorkers__python__defaultExecutablePath": str(python),
            "AzureFunctionsWebHost__hostid": self.site.lower(),
            "AzureWebJobsSecretStorageType": "blob",
        }


def executable() -> str:
    """Return the path of `func`. Raises FuncMissingError."""
    found = shutil.which("func")
    if found is None:
        raise FuncMissingError(
            "func is not on PATH. Install Azure Functions Core Tools 4, see "
            "https://learn.microsoft.com/azure/azure-functions/functions-run-local, "
            "or use the emulated host."
        )
    return found


async def until_ready(port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until the host answers on its port. Raises FuncEndedError if it ends before that."""
    url = f"http://{LOOPBACK}:{port}/admin/host/ping"
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        while not await _answers(session, url):
            if process.returncode is not None:
                raise FuncEndedError(f"func ended with exit code {process.returncode}")
            await asyncio.sleep(_POLL_SECONDS)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
