"""`python -m soak`: a mixed load amid deaths and faults, and an account of every start.

Exit codes: 0 all is accounted for and nothing is left behind, 1 it is not, 2 wrong arguments.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable

from soak.run import Result, soak


def main() -> int:
    """The exit code."""
    given = _arguments()
    result = asyncio.run(soak(given.seed, given.starts, given.cycles, _teller()))
    title = f"Seed {given.seed}, {given.starts} starts, {given.cycles} cycles"
    print(f"{title}: {result.seconds:.0f} s\n")
    print(_table(result))
    return 1 if result.wrong else 0


def _table(result: Result) -> str:
    width = max(map(len, result.counts))
    rows = [f"  {what:<{width}}  {count:>6}" for what, count in result.counts.items()]
    if not result.wrong:
        return "\n".join([*rows, "", "Every start is accounted for. Nothing is left behind."])
    return "\n".join([*rows, "", "Wrong:", *(f"  {what}" for what in result.wrong)])


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
    parser.add_argument("--seed", type=int, default=7, help="what happens, and when")
    parser.add_argument("--starts", type=int, default=400, help="how many, over all cycles")
    parser.add_argument("--cycles", type=int, default=4, help="each brings a new line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
