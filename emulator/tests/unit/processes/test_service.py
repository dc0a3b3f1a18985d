"""A service is started again: after a back-off, or when an idle one is wanted."""

import asyncio
import sys
from pathlib import Path

from emulator.processes.host_process import IDLE
from emulator.processes.process import Command
from emulator.processes.service import Service, delay_seconds


def test_delay_doubles_up_to_a_limit() -> None:
    waits = [delay_seconds(failures) for failures in (0, 1, 2, 3, 20)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 30.0]


async def test_idle_service_is_started_again_when_it_is_wanted(tmp_path: Path) -> None:
    script = f"raise SystemExit({IDLE})"
    command = Command(
        tmp_path, "idle", [sys.executable, "-c", script], {}, tmp_path, tmp_path / "log"
    )
    resting, wanted, starts = asyncio.Event(), asyncio.Event(), 0

    async def rest() -> None:
        resting.set()
        await wanted.wait()

    def count() -> None:
        nonlocal starts
        starts += 1

    service = Service("idle", 1.0, on_start=count, rest=rest)
    await service.run(lambda _: command)
    await asyncio.wait_for(resting.wait(), 10)
    assert (starts, service.process) == (1, None)
    resting.clear()
    wanted.set()
    await asyncio.wait_for(resting.wait(), 10)
    await service.stop()
    assert starts >= 2
