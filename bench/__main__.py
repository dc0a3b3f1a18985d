"""`python -m bench`: measure every figure and compare it with its target.

Exit codes: 0 everything was measured, targets met or not; 1 a measurement failed or, with
--strict, a target was missed; 2 wrong arguments.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import (
    chains,
    cleanup,
    demo,
    event_loop,
    first_start,
    forward,
    host,
    idle,
    idle_requests,
    many_lines,
    patches,
    report,
    retirement,
    sick_line,
    storage_calls,
)
from bench.figure import Figure
from bench.machine import Machine, this_machine
from emulator.processes.signals import cancel_on_signal
from harness.local_stack import Log, stderr_log

_BUSY = "This machine is busy (load {:.1f}): times will be longer than they could be."
PAGE = Path(__file__).parents[1] / "docs" / "measured.md"
MEASUREMENTS: dict[str, Callable[[Log], Awaitable[list[Figure]]]] = {
    "forward": forward.measure,
    "storage-calls": storage_calls.measure,
    "host": host.measure,
    "chains": chains.measure,
    "idle": idle.measure,
    "idle-requests": idle_requests.measure,
    "first-start": first_start.measure,
    "retirement": retirement.measure,
    "cleanup": cleanup.measure,
    "patches": patches.measure,
    "sick-line": sick_line.measure,
    "many-lines": many_lines.measure,
    "event-loop": event_loop.measure,
    "demo": demo.measure,
}


def main() -> int:
    """Measure, print, and return the exit code."""
    arguments = _arguments()
    machine, figures, failures = asyncio.run(_measure(arguments.only or list(MEASUREMENTS)))
    if arguments.json:
        print(json.dumps(report.as_json(machine, figures, failures), indent=2, ensure_ascii=False))
    else:
        print(report.as_text(machine, figures, failures))
    if arguments.write and not failures:
        PAGE.write_text(report.replace_figures(PAGE.read_text(encoding="utf-8"), machine, figures))
        print(f"Written to {PAGE}", file=sys.stderr)
    missed = [figure for figure in figures if not figure.met]
    return 1 if failures or (arguments.strict and missed) else 0


async def _measure(names: list[str]) -> tuple[Machine, list[Figure], dict[str, str]]:
    """Return the figures, and for each failed measurement its error."""
    cancel_on_signal()
    machine = await this_machine()
    if machine.load > machine.cores / 4:
        print(_BUSY.format(machine.load), file=sys.stderr)
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    for name in names:
        log = stderr_log(f"{name:>13} ")
        try:
            figures += await MEASUREMENTS[name](log)
        except Exception as error:  # noqa: BLE001 - the other measurements are made anyway
            failures[name] = _first_cause(error)
            log(f"failed: {failures[name]}")
    return machine, figures, failures


def _first_cause(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error) or repr(error)


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
        help=f"make only this measurement; may be repeated: {', '.join(MEASUREMENTS)}",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--write", action="store_true", help=f"write the figures into {PAGE.name} (needs all)"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if a target is missed")
    arguments = parser.parse_args()
    if arguments.write and arguments.only:
        parser.error("--write needs all measurements and excludes --only")
    return arguments


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("\nInterrupted. Everything is stopped.")
