"""A function app of the sample on the emulated host, in which releases are put over each other."""

import asyncio
import json
import os
import sys
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from azure.storage.blob.aio import BlobServiceClient

from harness.azurite import Azurite, running_azurite
from harness.free_ports import free_port
from samples.pack import pack

SITE = "orders-1-0"
PATIENCE_SECONDS = 60
VISIBILITY_SECONDS = 120  # what a host that died had taken is hidden for so long
_PROVIDER = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
_SETTINGS = {
    f"{_PROVIDER}{queue}QueueVisibilityTimeout": f"00:{VISIBILITY_SECONDS // 60:02}:00"
    for queue in ("control", "workItem")
}


class App:
    """One function app: a directory, a storage account, and a host while it runs."""

    def __init__(self, directory: Path, storage: str, session: aiohttp.ClientSession) -> None:
        self._directory = directory
        self._storage = storage
        self._session = session
        self._port = free_port()
        self._key = ""
        self._host: asyncio.subprocess.Process | None = None

    async def deploy(self, release: str) -> None:
        """Put a release in place of whatever runs, and wait until it answers."""
        await self.stop()
        zipfile.ZipFile(BytesIO(pack(release))).extractall(self._directory)
        command = ("-m", "emulator.host", "--app", str(self._directory), "--site", SITE)
        self._host = await asyncio.create_subprocess_exec(
            *(sys.executable, *command, "--port", str(self._port)),
            env=os.environ | _SETTINGS | {"AzureWebJobsStorage": self._storage},
        )
        self._key = await self._system_key()

    async def stop(self) -> None:
        if self._host is not None:
            self._host.terminate()
            await self._host.wait()
            self._host = None

    async def start(self, function: str, instance_id: str, value: object = None) -> None:
        path = f"orchestrators/{function}/{instance_id}"
        status, _ = await self._ask("POST", path, value or {})
        assert status == 202

    async def raise_event(self, instance_id: str, name: str) -> None:
        status, _ = await self._ask("POST", f"instances/{instance_id}/raiseEvent/{name}", {})
        assert status == 202

    async def waits(self, instance_id: str) -> None:
        """Return once the instance has its timer, and waits for it or for its event."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                _, status = await self._ask("GET", f"instances/{instance_id}?showHistory=true")
                if any(e["EventType"] == "TimerCreated" for e in status["historyEvents"] or ()):
                    return
                await asyncio.sleep(0.1)

    async def end(self, instance_id: str) -> tuple[str, Any]:
        """Runtime status and output, once it has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                code, status = await self._ask("GET", f"instances/{instance_id}")
                if code == 200:
                    return status["runtimeStatus"], status["output"]
                await asyncio.sleep(0.1)

    async def _ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self._port}/runtime/webhooks/durabletask/{path}"
        headers = {"x-functions-key": self._key}
        async with self._session.request(method, url, headers=headers, json=body) as answer:
            return answer.status, await answer.json() if answer.content_length else None

    async def _system_key(self) -> str:
        """The key that the host has made for the extension, once the host runs."""
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            BlobServiceClient.from_connection_string(self._storage) as service,
        ):
            blob = service.get_blob_client("azure-webjobs-secrets", f"{SITE}/host.json")
            while True:
                if await self._answers() and await blob.exists():
                    keys = json.loads(await (await blob.download_blob()).readall())
                    return str(keys["masterKey"])
                await asyncio.sleep(0.1)

    async def _answers(self) -> bool:
        url = f"http://127.0.0.1:{self._port}/admin/host/ping"
        try:
            async with self._session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def app(azurite: Azurite, tmp_path: Path) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session:
        app = App(tmp_path, azurite.account(), session)
        yield app
        await app.stop()
