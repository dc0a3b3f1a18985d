"""The wait until a host has nothing to do."""

import asyncio
import time

from emulator.host.idle import until_idle


async def test_every_part_has_to_be_quiet_for_so_long() -> None:
    began = time.monotonic()
    busy_until = began + 0.1

    def part() -> float:
        return max(time.monotonic() - busy_until, 0.0)

    await asyncio.wait_for(until_idle(0.1, [lambda: 1000.0, part]), 2)
    assert time.monotonic() - began >= 0.2


async def test_endless_limit_is_never_reached() -> None:
    waiting = asyncio.create_task(until_idle(float("inf"), [lambda: 1000.0]))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    waiting.cancel()
