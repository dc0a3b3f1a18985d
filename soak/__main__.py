"""`python -m soak`: random load with crashes and injected faults, and an account of every start.

New lines, patches (some of them broken), retirements and returns to retired lines happen under a
load of starts, while the router and the lines' apps are killed and faults are injected into Azure.
The plan follows from the seed, its timing does not.

Exit codes: 0 every start is accounted for and nothing is left behind, 1 otherwise, 2 wrong
arguments, 130 interrupted.
"""

import argparse
import asyncio
import json
import sys

from emulator.processes.signals import cancel_on_signal
from harness.local_stack import stderr_log
from soak.plan import plan
from soak.report import Result, as_json, as_text
from soak.run import soak

_INTERRUPTED = 130


def main() -> int:
    """Run the soak, print the report, and return the exit code."""
    arguments = _arguments()
    try:
        result = asyncio.run(_run(arguments))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nInterrupted. Everything is stopped.", file=sys.stderr)
        return _INTERRUPTED
    print(json.dumps(as_json(result), indent=2) if arguments.json else as_text(result))
    return 1 if result.problems else 0


async def _run(arguments: argparse.Namespace) -> Result:
    cancel_on_signal()
    return await soak(arguments.seed, arguments.starts, arguments.cycles, stderr_log())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=7, help="of the plan (default: %(default)s)")
    parser.add_argument(
        "--starts", type=int, default=300, help="total number (default: %(default)s)"
    )
    parser.add_argument(
        "--cycles", type=int, default=3, help="each adds a new line (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    arguments = parser.parse_args()
    try:
        plan(arguments.seed, arguments.starts, arguments.cycles)
    except ValueError as error:
        parser.error(str(error))
    return arguments


if __name__ == "__main__":
    sys.exit(main())
