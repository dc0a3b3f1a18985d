"""A function app on the emulated host, as a process of its own, and Durable's API over it."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from azure.storage.blob.aio import BlobClient

from harness.durable_client import API, DurableClient
from harness.free_ports import free_port
from harness.waiting import until

DURABLE = "AzureFunctionsJobHost__extensions__durableTask__"  # of settings that are in host.json
_POLL_SECONDS = 0.05


class FunctionHost:
    """One site: its name, its storage account, its log, and a process while it runs.

    `installed`: a directory of packages that the app finds besides those of every app.
    """

    def __init__(
        self, site: str, storage: str, log: Path, *, installed: Path | None = None
    ) -> None:
        self.site = site
        self.storage = storage
        self.key = ""  # of Durable's API
        self.port = free_port()
        self._log = log
        self._installed = installed
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The address of the host."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        """The address of Durable's API."""
        return self.url + API

    @property
    def pid(self) -> int:
        """The id of the process, which must run."""
        assert self._process is not None
        return self._process.pid

    async def start(self, app: Path, **settings: str) -> None:
        """Start the host with an app, and return once Durable's API answers.

        `settings` are Durable's as in host.json, with `__` between levels. One that begins with a
        capital letter is an app setting instead.
        """
        await self.launch(app, _app_settings(settings))
        self.key = ""
        await until(self._answers, bool, poll_seconds=_POLL_SECONDS)

    async def launch(self, app: Path, settings: Mapping[str, str] | None = None) -> None:
        """Start the process only."""
        command = ["-m", "emulator.host", "--app", str(app), "--site", self.site]
        command += ["--installed", str(self._installed)] if self._installed else []
        with self._log.open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *command, "--port", str(self.port), "--rpc-port", "0"),
                env=os.environ | {"AzureWebJobsStorage": self.storage} | dict(settings or {}),
                stdout=log,
                stderr=log,
            )

    def require_running(self) -> None:
        """Fail with the log if the process has ended."""
        assert self._process is None or self._process.returncode is None, self._log.read_text()

    async def stop(self) -> None:
        """Stop the process gracefully, if it runs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
            self._process = None

    async def ask(
        self, method: str, path: str, body: str | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send a request to Durable's API, and return (status, headers, text)."""
        async with aiohttp.ClientSession() as session:
            return await self._durable(session).ask(method, path, body)

    async def begin(self, function: str, instance_id: str, value: Any = None) -> None:
        """Start an orchestration."""
        body = None if value is None else json.dumps(value)
        status, _, text = await self.ask("POST", f"/orchestrators/{function}/{instance_id}", body)
        assert status == 202, text

    async def raise_event(self, instance_id: str, name: str, value: Any) -> None:
        """Send an external event."""
        path = f"/instances/{instance_id}/raiseEvent/{name}"
        status, _, text = await self.ask("POST", path, json.dumps(value))
        assert status == 202, text

    async def status(self, instance_id: str) -> dict[str, Any]:
        """Return the status object, empty as long as there is no instance."""
        status, _, text = await self.ask("GET", f"/instances/{instance_id}")
        shown: dict[str, Any] = {} if status == 404 else json.loads(text)
        return shown

    async def history(self, instance_id: str) -> list[str]:
        """Return the types of the events in the history."""
        _, _, text = await self.ask("GET", f"/instances/{instance_id}?showHistory=true")
        return [each["EventType"] for each in json.loads(text)["historyEvents"] or ()]

    async def until(self, instance_id: str, *wanted: str) -> dict[str, Any]:
        """Return the status object once it has one of these runtime statuses."""
        return await until(
            lambda: self.status(instance_id), lambda shown: shown.get("runtimeStatus") in wanted
        )

    async def until_recorded(self, instance_id: str, event_type: str) -> None:
        """Return once the history has an event of this type."""
        await until(lambda: self.history(instance_id), lambda types: event_type in types)

    async def end(self, instance_id: str) -> dict[str, Any]:
        """Return the status object once the instance has ended."""
        return await self.until(instance_id, "Completed", "Failed", "Terminated")

    def _durable(self, session: aiohttp.ClientSession) -> DurableClient:
        return DurableClient(session, self.url, self.key)

    async def _answers(self) -> bool:
        """Return True if Durable's API answers to the key that the host has made for it."""
        self.require_running()
        try:
            async with aiohttp.ClientSession() as session:
                await session.get(f"{self.url}/admin/host/ping")
            keys = await host_keys(self.storage, self.site)
            self.key = keys.get("systemKeys", {}).get("durabletask_extension", "")
            return bool(self.key) and (await self.ask("GET", "/instances?top=1"))[0] == 200
        except aiohttp.ClientError:
            return False


@contextlib.asynccontextmanager
async def running_host(
    host: FunctionHost, app: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[FunctionHost]:
    """Run an app whose host need not have Durable, and stop it whatever happens."""

    async def is_up() -> bool:
        host.require_running()
        return bool(await host_keys(host.storage, host.site))

    try:
        await host.launch(app, settings)
        await until(is_up, bool)
        yield host
    finally:
        await host.stop()


def _app_settings(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        name if name[0].isupper() else DURABLE + name: value for name, value in settings.items()
    }


async def host_keys(storage: str, site: str) -> dict[str, Any]:
    """Return `masterKey`, `functionKeys` and `systemKeys` of a site, empty until its host is up."""
    name = f"{site}/host.json"
    async with BlobClient.from_connection_string(storage, "azure-webjobs-secrets", name) as blob:
        if not await blob.exists():
            return {}
        stored: dict[str, Any] = json.loads(await (await blob.download_blob()).readall())
    keys: dict[str, Any] = {"masterKey": stored["masterKey"]["value"]}
    for group in ("functionKeys", "systemKeys"):
        keys[group] = {key["name"]: key["value"] for key in stored[group]}
    return keys
