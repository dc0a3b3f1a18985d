"""The hold-up of a hub by a message that storage refuses."""

import asyncio

from emulator.engine.orchestrations.hold_up import HoldUp

SECONDS = 0.2


async def seconds_until(waited: asyncio.Future[None] | asyncio.Task[None]) -> float:
    began = asyncio.get_running_loop().time()
    await waited
    return asyncio.get_running_loop().time() - began


async def test_nothing_waits_without_a_refused_message() -> None:
    hold_up = HoldUp(60)
    async with asyncio.timeout(1):
        await hold_up.before_episode()
        await hold_up.before_activity()


async def test_episodes_wait_for_the_whole_time() -> None:
    hold_up = HoldUp(SECONDS)
    hold_up.stop_episodes(again=False)
    hold_up.stop_episodes(again=True)  # shorter
    took = await seconds_until(asyncio.create_task(hold_up.before_episode()))
    assert took >= SECONDS * 0.9


async def test_activities_begin_one_after_the_other() -> None:
    hold_up = HoldUp(SECONDS)
    hold_up.slow_activities()
    both = asyncio.gather(hold_up.before_activity(), hold_up.before_activity())
    began = asyncio.get_running_loop().time()
    await both
    assert asyncio.get_running_loop().time() - began >= SECONDS * 0.2


async def test_stop_ends_the_hold_up() -> None:
    hold_up = HoldUp(60)
    hold_up.stop_episodes(again=False)
    waiting = asyncio.create_task(hold_up.before_episode())
    await asyncio.sleep(0)
    hold_up.end()
    async with asyncio.timeout(1):
        await waiting
