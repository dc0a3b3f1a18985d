"""The hold-up of a whole hub by a message that storage refuses.

In the real engine the sender repeats such a message for a minute or two, and the rest of the hub
waits: no episode begins after a message to an instance, and few activities after one to or from an
activity. It comes back with every attempt of the sender.
"""

import asyncio

_LATER = 0.5  # share of the time that a repeated attempt holds up the hub
_STEP = 0.1  # share of the time that passes between two activities


class HoldUp:
    """The hold-ups of one worker, each of which lasts about `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stopped_until = 0.0
        self._slow_until = 0.0
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()

    def stop_episodes(self, *, again: bool) -> None:
        """Let no episode begin for a while, a shorter one for a repeated attempt."""
        seconds = self._seconds * (_LATER if again else 1)
        self._stopped_until = max(self._stopped_until, _now() + seconds)

    def slow_activities(self) -> None:
        """Let activities begin only one after the other for a while."""
        self._slow_until = _now() + self._seconds

    def end(self) -> None:
        """End every hold-up permanently, because the worker stops."""
        self._ended.set()

    async def before_episode(self) -> None:
        """Wait until an episode may begin."""
        while _now() < self._stopped_until and not self._ended.is_set():
            await self._wait(self._stopped_until - _now())

    async def before_activity(self) -> None:
        """Wait until an activity may begin."""
        if _now() < self._slow_until:
            async with self._turn:
                await self._wait(min(self._seconds * _STEP, self._slow_until - _now()))

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._ended.wait()
        except TimeoutError:
            return


def _now() -> float:
    return asyncio.get_running_loop().time()
