"""`python -m demo`: tells the story once, from nothing; exit 0 only if every step held."""

import asyncio
import signal
import sys
from typing import Any

import aiohttp

from demo.azure import Azure
from demo.client import Router
from demo.scene import Scene
from demo.stage import STATE, NotUp, stage
from demo.story import Story
from demo.tell import DoesNotHold, Teller

_ANSWER_SECONDS = 30.0


async def tell(endpoints: dict[str, Any], teller: Teller) -> None:
    """The six steps against what `endpoints` names, and the closing table."""
    limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=limit) as session:
        router = Router(session, endpoints["router"], endpoints["keys"])
        story = Story(Scene(router, Azure.of(session, endpoints), teller))
        for title, step in story.steps:
            with teller.chapter(title):
                await step()
    teller.table(story.figures)


async def main() -> int:
    """The exit code."""
    _stop_on_sigterm()
    teller = Teller()
    teller.title("One app, three releases, work always in flight")
    try:
        async with stage(teller) as endpoints:
            await tell(endpoints, teller)
    except (DoesNotHold, NotUp) as error:
        print(f"\n✗  {error}\n   Everything is stopped; logs and storage are in {STATE}.")
        return 1
    print("Every step held. Everything is stopped.")
    return 0


def _stop_on_sigterm() -> None:
    """As an interrupt does: leave the story, and stop what it had started."""
    if story := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, story.cancel)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("\nInterrupted. Everything is stopped.")
