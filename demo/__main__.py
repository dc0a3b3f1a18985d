"""`python -m demo`: tells the story once, from nothing, and stops all that it started.

Exit codes: 0 every step held, 1 it did not, 2 wrong arguments, 130 interrupted.
"""

import argparse
import asyncio
import sys
from typing import Any

import aiohttp

from demo.azure import Azure
from demo.client import Router
from demo.scene import Scene
from demo.stage import STATE, NotUp, TakenError, stage
from demo.story import Story
from demo.tell import DoesNotHold, Teller
from emulator.processes.signals import cancel_on_signal

_ANSWER_SECONDS = 30.0
_INTERRUPTED = 130


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
    cancel_on_signal()
    teller = Teller()
    teller.title("One app, three releases, work always in flight")
    try:
        async with stage(teller) as endpoints:
            await tell(endpoints, teller)
    except TakenError as error:
        print(f"✗  {error}")
        return 1
    except (DoesNotHold, NotUp) as error:
        print(f"\n✗  {error}\n   Everything is stopped; logs and storage are in {STATE}.")
        return 1
    print("Every step held. Everything is stopped.")
    return 0


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        sys.exit(asyncio.run(main()))
    except asyncio.CancelledError:
        print("\nInterrupted. Everything is stopped.", file=sys.stderr)
        sys.exit(_INTERRUPTED)
