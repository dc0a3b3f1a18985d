"""`python -m soak`: a mixed load amid deaths and faults, and an account of every start.

New lines, patches (some never come up), retirements and returns to retired lines go on under a
load of starts, while the router and the lines' apps are killed and Azure's answers spoilt. What
is planned follows from the seed; what comes of it depends on the moment.

Exit codes: 0 all is accounted for and nothing is left behind, 1 it is not, 2 wrong arguments,
130 interrupted.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable

from emulator.processes.signals import cancel_on_signal
from soak.plan import plan
from soak.report import Result, as_json, as_text
from soak.run import soak

_INTERRUPTED = 130


def main() -> int:
    """The exit code."""
    given = _arguments()
    try:
        result = asyncio.run(_run(given))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nInterrupted. Everything is stopped.", file=sys.stderr)
        return _INTERRUPTED
    print(json.dumps(as_json(result), indent=2) if given.json else as_text(result))
    return 1 if result.wrong else 0


async def _run(given: argparse.Namespace) -> Result:
    cancel_on_signal()
    return await soak(given.seed, given.starts, given.cycles, _teller())


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=7, help="what is done (default: %(default)s)")
    parser.add_argument(
        "--starts", type=int, default=400, help="how many, in all cycles (default: %(default)s)"
    )
    parser.add_argument(
        "--cycles", type=int, default=4, help="each brings a new line (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="the report for programs")
    given = parser.parse_args()
    try:
        plan(given.seed, given.starts, given.cycles)
    except ValueError as error:
        parser.error(str(error))
    return given


if __name__ == "__main__":
    sys.exit(main())
