"""Function apps as processes: found by their marks, started beside the router, opened by key.

Owns what a measurement must know of a host: its address, its process, its keys. Starts nothing by
itself that is not ended again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from emulator.processes import host_process
from emulator.processes.ports import LOOPBACK, claim, port_of
from emulator.processes.process import find, start

_KEYS_SECONDS = 30.0
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 10.0
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Site:
    """A function app that runs."""

    name: str
    url: str
    pid: int


def sites(state: Path) -> Iterator[Site]:
    """Every function app whose process belongs to a state directory, the router included."""
    for process in find(state):
        marks = psutil.Process(process.pid).environ()
        if "WEBSITE_SITE_NAME" in marks:
            url = f"http://{marks['WEBSITE_HOSTNAME']}"
            yield Site(marks["WEBSITE_SITE_NAME"], url, process.pid)


@asynccontextmanager
async def hosted(
    name: str, package: Path, state: Path, storage: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Site]:
    """Run an app on a host of its own, marked with the state directory, which must exist."""
    with claim(0) as listener:
        listener.listen(_BACKLOG)
        all_settings = {"AzureWebJobsStorage": storage, **(settings or {})}
        site = host_process.Site(name, port_of(listener), 0, package, all_settings)
        log = state / "logs" / f"{name}.log"
        process = await start(host_process.host_command(state, site, listener, log, None))
        try:
            await keys(storage, name)
            yield Site(name, f"http://{LOOPBACK}:{site.port}", process.pid)
        finally:
            await process.stop(_GRACE_SECONDS)


async def keys(storage: str, site: str) -> dict[str, Any]:
    """The host keys of a site: `masterKey`, `functionKeys`, `systemKeys`; waits for its host."""
    blob = BlobClient.from_connection_string(storage, "azure-webjobs-secrets", f"{site}/host.json")
    async with blob, asyncio.timeout(_KEYS_SECONDS):
        while True:
            try:
                found: dict[str, Any] = json.loads(await (await blob.download_blob()).readall())
                return found
            except ResourceNotFoundError:
                await asyncio.sleep(_LOOK_SECONDS)
