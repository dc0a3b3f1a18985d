"""Azurite, Microsoft's emulator of Azure Storage: its npm package and its command line."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from emulator.processes.ports import LOOPBACK
from emulator.processes.process import ROOT, Command

ACCOUNT = "devstoreaccount1"
# Azurite's published key of this account: a constant of the product, not a secret.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_PACKAGE = ROOT / "emulator" / "azurite"
QUICK_LOKI = _PACKAGE / "quick_loki.js"
_PROGRAM = _PACKAGE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


class AzuriteNotInstalledError(Exception):
    """Azurite could not be installed. The text is npm's output."""


@dataclass(frozen=True, slots=True)
class AzuritePorts:
    """The ports of the three services."""

    blob: int
    queue: int
    table: int


def connection_string(ports: AzuritePorts) -> str:
    """Return the connection string of Azurite's account."""
    services = {"Blob": ports.blob, "Queue": ports.queue, "Table": ports.table}
    endpoints = (
        f"{name}Endpoint=http://{LOOPBACK}:{port}/{ACCOUNT}" for name, port in services.items()
    )
    parts = ("DefaultEndpointsProtocol=http", f"AccountName={ACCOUNT}", f"AccountKey={KEY}")
    return ";".join((*parts, *endpoints)) + ";"


async def install() -> None:
    """Install the pinned Azurite if it is missing. Raises AzuriteNotInstalledError."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise AzuriteNotInstalledError("Azurite needs Node.js, but node or npm is not on the PATH")
    if _PROGRAM.exists():
        return
    npm = await asyncio.create_subprocess_exec(
        "npm",
        "ci",
        "--no-audit",
        "--no-fund",
        cwd=_PACKAGE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await npm.communicate()
    if npm.returncode != 0:
        raise AzuriteNotInstalledError(output.decode(errors="replace")[-2000:])


def command(
    owner: Path, data: Path, ports: AzuritePorts, log: Path, *, access_log: bool = False
) -> Command:
    """Return the command that runs Azurite. The directory `data` must exist."""
    services = {"blob": ports.blob, "queue": ports.queue, "table": ports.table}
    arguments = [f"--{name}Port={port}" for name, port in services.items()]
    arguments += [f"--{name}Host={LOOPBACK}" for name in services]
    return Command(
        owner=owner,
        role="azurite",
        arguments=[
            "node",
            f"--require={QUICK_LOKI}",
            str(_PROGRAM),
            *arguments,
            f"--location={data}",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            *([] if access_log else ["--silent"]),
        ],
        environment={},
        directory=data,
        log=log,
    )
