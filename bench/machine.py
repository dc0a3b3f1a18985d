"""The machine and the time of a run."""

import asyncio
import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from emulator.processes.process import ROOT


@dataclass(frozen=True, slots=True)
class Machine:
    """Date, size and versions of the machine."""

    at: datetime
    cores: int
    memory_gib: float
    python: str
    node: str
    azurite: str
    load: float  # average of runnable processes in the minute before the run

    def __str__(self) -> str:
        return (
            f"{self.at:%Y-%m-%d %H:%M} UTC, {self.cores} cores, {self.memory_gib:.0f} GiB, "
            f"Python {self.python}, Node {self.node}, Azurite {self.azurite}, "
            f"load before the run {self.load:.1f}"
        )


async def this_machine() -> Machine:
    """Describe this machine as it is now."""
    return Machine(
        at=datetime.now(UTC),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores(),
        memory_gib=psutil.virtual_memory().total / 2**30,
        python=platform.python_version(),
        node=await _node(),
        azurite=_azurite(),
        load=os.getloadavg()[0],
    )


def _cores() -> int:
    return os.cpu_count() or 1


async def _node() -> str:
    process = await asyncio.create_subprocess_exec(
        "node", "--version", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output.decode().strip().removeprefix("v")


def _azurite() -> str:
    package = json.loads((ROOT / "emulator" / "azurite" / "package.json").read_text())
    return str(package["dependencies"]["azurite"])
