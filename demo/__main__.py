"""`python -m demo`: run the scenario once, from empty storage, and stop everything again.

Exit codes: 0 every step passed, 1 a step failed, 2 wrong arguments, 130 interrupted.
"""

import argparse
import asyncio
import sys
from typing import Any

import aiohttp

from demo.actions import Actions
from demo.console import CheckFailedError, Console
from demo.environment import STATE, AlreadyRunningError, environment
from demo.scenario import Scenario
from emulator.processes.signals import cancel_on_signal
from harness.azure_client import AzureClient
from harness.local_stack import EmulatorFailedError
from harness.router_client import RouterClient

_ANSWER_SECONDS = 120.0
_INTERRUPTED = 130


async def run(endpoints: dict[str, Any], console: Console) -> None:
    """Run all steps against these endpoints, and print the closing table."""
    limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=limit) as session:
        router = RouterClient.of(session, endpoints)
        scenario = Scenario(Actions(router, AzureClient.of(session, endpoints), console))
        for title, step in scenario.steps:
            with console.step(title):
                await step()
    console.table(scenario.figures)


async def main() -> int:
    """Run the demo and return the exit code."""
    cancel_on_signal()
    console = Console()
    console.title("One app, three releases, work always in flight")
    try:
        async with environment(console) as endpoints:
            await run(endpoints, console)
    except AlreadyRunningError as error:
        print(f"✗  {error}")
        return 1
    except (CheckFailedError, EmulatorFailedError) as error:
        print(f"\n✗  {error}\n   Everything is stopped; logs and storage are in {STATE}.")
        return 1
    print("Every step passed. Everything is stopped.")
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
