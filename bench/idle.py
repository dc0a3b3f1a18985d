"""The cost of the idle local run: the router, two lines, the control plane.

Line 1.0 drains and is blocked by a waiting instance, line 1.1 is active. The monitors of both check
them all the time, at the short intervals of the local run.
"""

import asyncio
from dataclasses import dataclass

import psutil

from bench.environment import environment
from bench.figure import Figure, at_most
from bench.processes import megabytes, processor_seconds
from emulator.processes.process import find
from harness.local_stack import Log

_SETTLED_SECONDS = 15.0
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Share:
    """The percentage of a core and the resident megabytes of one process."""

    role: str
    percent: float
    megabytes: float


async def measure(log: Log) -> list[Figure]:
    """Measure processor time and memory of all Python processes."""
    async with environment(log) as env:
        log("starting two lines")
        await env.open_line("1.0.0")
        await env.router.start("wait", "1.0.0", None)
        await env.open_line("1.1.0")
        log(f"idle: {_SETTLED_SECONDS:.0f} s to settle, {_SECONDS:.0f} s measured")
        await asyncio.sleep(_SETTLED_SECONDS)
        processes = {each.role: psutil.Process(each.pid) for each in find(env.stack.state)}
        shares = await _shares(processes)
    python = [share for share in shares if share.role != "azurite"]
    azurite = [share for share in shares if share.role == "azurite"]
    return [_processor(python, azurite), _memory(python)]


async def _shares(processes: dict[str, psutil.Process]) -> list[Share]:
    before = {role: processor_seconds(process) for role, process in processes.items()}
    await asyncio.sleep(_SECONDS)
    return [
        Share(
            role,
            100 * (processor_seconds(process) - before[role]) / _SECONDS,
            megabytes(process),
        )
        for role, process in processes.items()
    ]


def _processor(python: list[Share], azurite: list[Share]) -> Figure:
    return Figure(
        "processor time of all Python processes, router and two idle lines, over 30 s",
        at_most(10, "% of a core"),
        sum(share.percent for share in python),
        _listed(python, "percent", "%") + "; besides them " + _listed(azurite, "percent", "%"),
    )


def _memory(python: list[Share]) -> Figure:
    return Figure(
        "memory of the largest of them (resident)",
        at_most(150, "MB"),
        max(share.megabytes for share in python),
        _listed(python, "megabytes", "MB"),
    )


def _listed(shares: list[Share], what: str, unit: str) -> str:
    digits = 1 if unit == "%" else 0
    return ", ".join(f"{share.role} {getattr(share, what):.{digits}f} {unit}" for share in shares)
