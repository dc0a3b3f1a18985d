"""`python -m bench`: measure, and show every figure with what it is to reach.

Exit codes: 0 all was measured (a figure that misses its reach is shown, not hidden), 1 something
could not be measured or, with --strict, a reach was missed, 2 wrong arguments.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import chains, demo, first_start, forward, idle, report, retirement, storage_calls
from bench.figure import Figure
from bench.machine import Machine, this_machine
from bench.stage import Say
from emulator.processes.signals import cancel_on_signal

_BUSY = "This machine is at work (load {:.1f}); times will be longer than it could do."
PAGE = Path(__file__).parents[1] / "docs" / "measured.md"
MEASUREMENTS: dict[str, Callable[[Say], Awaitable[list[Figure]]]] = {
    "forward": forward.measure,
    "storage-calls": storage_calls.measure,
    "chains": chains.measure,
    "idle": idle.measure,
    "first-start": first_start.measure,
    "retirement": retirement.measure,
    "demo": demo.measure,
}


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    machine, figures, failures = asyncio.run(_measure(arguments.only or list(MEASUREMENTS)))
    if arguments.json:
        print(json.dumps(report.as_json(machine, figures, failures), indent=2, ensure_ascii=False))
    else:
        print(report.as_text(machine, figures, failures))
    if arguments.write and not failures:
        PAGE.write_text(report.put_into(PAGE.read_text(encoding="utf-8"), machine, figures))
        print(f"Written to {PAGE}", file=sys.stderr)
    missed = [figure for figure in figures if not figure.met]
    return 1 if failures or (arguments.strict and missed) else 0


async def _measure(names: list[str]) -> tuple[Machine, list[Figure], dict[str, str]]:
    """The figures, and why there are none, by measurement."""
    cancel_on_signal()
    machine = await this_machine()
    if machine.load > machine.cores / 4:
        print(_BUSY.format(machine.load), file=sys.stderr)
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    for name in names:
        try:
            figures += await MEASUREMENTS[name](_teller(name))
        except Exception as error:  # noqa: BLE001 - one that fails does not keep the others
            failures[name] = _why(error)
            _teller(name)(f"failed: {failures[name]}")
    return machine, figures, failures


def _why(error: Exception) -> str:
    """The first thing that went wrong, of several at once."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error) or repr(error)


def _teller(name: str) -> Say:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{name:>13} {time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(MEASUREMENTS),
        metavar="NAME",
        help=f"measure only this; may be repeated: {', '.join(MEASUREMENTS)}",
    )
    parser.add_argument("--json", action="store_true", help="the figures as JSON on stdout")
    parser.add_argument(
        "--write", action="store_true", help=f"write the figures into {PAGE.name} (a whole run)"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if a reach is missed")
    arguments = parser.parse_args()
    if arguments.write and arguments.only:
        parser.error("--write needs a whole run, so it does not go with --only")
    return arguments


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("\nInterrupted. Everything is stopped.")
