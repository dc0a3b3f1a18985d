"""A host process on Azurite: its responses, its log and its exit."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from azure.storage.blob import BlobServiceClient
from multidict import CIMultiDict
from yarl import URL

from harness.free_ports import free_port

ROOT = Path(__file__).parents[4]
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(compare=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def until(condition: Callable[[], Any]) -> Any:
    """Wait for the condition's first true result and return it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := condition()):  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.02)
    return found


class HostProcess:
    """One process of `python -m emulator.host`."""

    def __init__(self, package: Path, storage: str, site: str, log: Path) -> None:
        self.package, self.storage, self.site, self._log = package, storage, site, log
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, settings: Mapping[str, str] | None = None, *, fd: int | None = None) -> None:
        """Start it with these app settings, without waiting until it accepts connections."""
        where = ("--app", str(self.package), "--port", str(self.port), "--site", self.site)
        more = () if fd is None else ("--fd", str(fd))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "emulator.host", *where, *more],
                stdout=log,
                stderr=log,
                env={**environment(), "AzureWebJobsStorage": self.storage, **(settings or {})},
                pass_fds=() if fd is None else (fd,),
            )

    def stop(self, number: int = signal.SIGTERM, patience: float = PATIENCE_SECONDS) -> int:
        """Send a signal and return the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            return self.process.wait(patience)
        finally:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def url(self, path: str) -> URL:
        """Return the URL of a path, which is sent unchanged."""
        return URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)

    async def ask(
        self, method: str, path: str, *, key: str | None = None, **request: Any
    ) -> Answer:
        """Send a request, retrying until the connection succeeds, and return the response."""
        headers = CIMultiDict(request.pop("headers", {}))
        if key:
            headers.add("x-functions-key", key)
        url = self.url(path)
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.request(method, url, headers=headers, **request) as answer:
                        return Answer(answer.status, await answer.read(), answer.headers)
                except aiohttp.ClientConnectorError:
                    assert time.monotonic() < deadline, self.log
                    await asyncio.sleep(0.02)

    async def get(self, path: str, key: str | None = None, **request: Any) -> Answer:
        return await self.ask("GET", path, key=key, **request)

    def stored(self, name: str) -> dict[str, Any]:
        """Return a stored key document, empty if there is none."""
        with BlobServiceClient.from_connection_string(self.storage) as service:
            blob = service.get_blob_client("azure-webjobs-secrets", f"{self.site}/{name}.json")
            return dict(json.loads(blob.download_blob().readall())) if blob.exists() else {}

    def keys(self, name: str, group: str = "keys") -> dict[str, str]:
        """Return the values of a group of stored keys by name."""
        return {key["name"]: key["value"] for key in self.stored(name)[group]}

    async def master(self) -> str:
        """Wait for the master key and return it."""
        document = await until(lambda: self.stored("host"))
        return str(document["masterKey"]["value"])

    async def status(self) -> dict[str, Any]:
        """Return the host's status once it has started or failed to."""
        key = await self.master()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self.get("/admin/host/status", key)
                assert answer.status == 200, answer
                if answer.json["state"] != "Starting":
                    return dict(answer.json)
                await asyncio.sleep(0.02)


def environment() -> dict[str, str]:
    """Return the environment of a Python process with this checkout on its path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}
