"""A function app on the emulated host, as a process of its own, and Durable's API over it."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from azure.storage.blob.aio import BlobServiceClient

from harness.free_ports import free_port

PATIENCE_SECONDS = 60
PREFIX = "AzureFunctionsJobHost__extensions__durableTask__"


class FunctionHost:
    """One site: a storage account, durable settings, and a process while it runs."""

    def __init__(self, site: str, storage: str, log: Path) -> None:
        self.site = site
        self.storage = storage
        self.key = ""
        self.port = free_port()
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/runtime/webhooks/durabletask"

    async def start(self, app: Path, **durable: str) -> None:
        """Start the host with an app; `durable` are settings as in host.json, `__` between levels.

        A setting that begins with a capital letter is an app setting instead.
        """
        self.key = ""  # until the host answers
        command = ("-m", "emulator.host", "--app", str(app), "--site", self.site)
        with self._log.open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *command, "--port", str(self.port), "--rpc-port", "0"),
                env=os.environ | {"AzureWebJobsStorage": self.storage} | _settings(durable),
                stdout=log,
                stderr=log,
            )
        await self._ready()

    async def stop(self) -> None:
        """Stop gracefully, as a host that is told to."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None

    async def ask(
        self, method: str, path: str, body: str | None = None
    ) -> tuple[int, dict[str, str], str]:
        """One request to Durable's API, as (status, headers, text)."""
        headers = {"x-functions-key": self.key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base + path, data=body, headers=headers) as answer,
        ):
            return answer.status, dict(answer.headers), await answer.text()

    async def begin(self, function: str, instance_id: str, value: Any = None) -> None:
        """Start an orchestration."""
        body = None if value is None else json.dumps(value)
        status, _, text = await self.ask("POST", f"/orchestrators/{function}/{instance_id}", body)
        assert status == 202, text

    async def raise_event(self, instance_id: str, name: str, value: Any) -> None:
        path = f"/instances/{instance_id}/raiseEvent/{name}"
        status, _, text = await self.ask("POST", path, json.dumps(value))
        assert status == 202, text

    async def status(self, instance_id: str) -> dict[str, Any]:
        """The status object; empty as long as there is no instance."""
        status, _, text = await self.ask("GET", f"/instances/{instance_id}")
        shown: dict[str, Any] = {} if status == 404 else json.loads(text)
        return shown

    async def history(self, instance_id: str) -> list[str]:
        """The types of the events, as the API shows them."""
        _, _, text = await self.ask("GET", f"/instances/{instance_id}?showHistory=true")
        return [each["EventType"] for each in json.loads(text)["historyEvents"]]

    async def until(self, instance_id: str, *wanted: str) -> dict[str, Any]:
        """The status object, once it is one of those."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                shown = await self.status(instance_id)
                if shown.get("runtimeStatus") in wanted:
                    return shown
                await asyncio.sleep(0.1)

    async def end(self, instance_id: str) -> dict[str, Any]:
        """The status object, once the instance has ended."""
        return await self.until(instance_id, "Completed", "Failed", "Terminated")

    async def _ready(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.key = self.key or await self._system_key()
                if self.key and (await self.ask("GET", "/instances?top=1"))[0] == 200:
                    return
                await asyncio.sleep(0.05)

    async def _system_key(self) -> str:
        """The key that the host has made for the extension; empty until it answers."""
        async with (
            aiohttp.ClientSession() as session,
            BlobServiceClient.from_connection_string(self.storage) as service,
        ):
            try:
                await session.get(f"http://127.0.0.1:{self.port}/admin/host/ping")
            except aiohttp.ClientError:
                return ""
            blob = service.get_blob_client("azure-webjobs-secrets", f"{self.site}/host.json")
            if not await blob.exists():
                return ""
            keys = json.loads(await (await blob.download_blob()).readall())
            return str(keys["systemKeys"]["durabletask_extension"])


def _settings(durable: Mapping[str, str]) -> dict[str, str]:
    return {name if name[0].isupper() else PREFIX + name: value for name, value in durable.items()}
