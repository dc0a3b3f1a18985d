"""`python -m emulator up|down|status|clean`: Azure and the router on this machine.

Exit codes: 0 success (status: up), 1 failure, 2 invalid arguments, 3 status: not (fully) up,
130 interrupted (up: the started processes are stopped).
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.core_tools.func import FuncMissingError, executable
from emulator.processes import local_build
from emulator.processes.host_process import EMULATED, FUNC, HOST
from emulator.processes.ports import NoPortError
from emulator.processes.process import ROOT
from emulator.processes.signals import cancel_on_signal
from emulator.stack import lifecycle
from emulator.stack.azurite import AzuriteNotInstalledError
from emulator.stack.readiness import NotReadyError
from emulator.stack.state_directory import StateDirectory
from emulator.stack.supervisor import supervise

_INTERRUPTED = 130


def main() -> int:
    """Run one command and return the exit code."""
    arguments = _arguments()
    state = StateDirectory(arguments.state.resolve())
    commands: dict[str, Callable[[argparse.Namespace, StateDirectory], int]] = {
        "up": _up,
        "down": _down,
        "status": _status,
        "clean": _clean,
        "supervise": _supervise,
    }
    try:
        return commands[arguments.command](arguments, state)
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("Interrupted")
        return _INTERRUPTED


def _up(arguments: argparse.Namespace, state: StateDirectory) -> int:
    try:
        if arguments.host == FUNC:
            executable()
        endpoints = asyncio.run(_started(arguments, state))
    except lifecycle.NotStartedError as error:
        _say(f"The start failed: {error}")
        asyncio.run(lifecycle.down(state, _say))
        return 1
    except FuncMissingError as error:
        _say(f"The start failed: {error}")
        return 1
    shown = {name: endpoints[name] for name in ("router", "arm", "pids", "logs")}
    shown["endpoints"] = str(state.endpoints)
    _print(arguments, shown, f"Endpoints and keys: {state.endpoints}")
    return 0


async def _started(arguments: argparse.Namespace, state: StateDirectory) -> dict[str, Any]:
    cancel_on_signal()
    app, access_log = arguments.app.resolve(), arguments.access_log
    if arguments.local_build:
        os.environ[local_build.ASKED] = "1"
    settings = {HOST: arguments.host, **local_build.variables(os.environ)}
    return await lifecycle.up(state, app, _say, access_log=access_log, settings=settings)


def _down(arguments: argparse.Namespace, state: StateDirectory) -> int:
    stopped = asyncio.run(lifecycle.down(state, _say))
    text = f"Stopped {stopped} processes; stored data is kept"
    _print(arguments, {"ended": stopped}, text)
    return 0


def _status(arguments: argparse.Namespace, state: StateDirectory) -> int:
    found = lifecycle.status(state)
    lines = [f"{found['state']}", *(f"  {role}: {pid}" for role, pid in found["processes"].items())]
    _print(arguments, found, "\n".join(lines))
    return 0 if found["state"] == "up" else 3


def _clean(arguments: argparse.Namespace, state: StateDirectory) -> int:
    asyncio.run(lifecycle.clean(state, _say))
    _print(arguments, {"removed": str(state.root)}, f"Removed {state.root}")
    return 0


def _supervise(arguments: argparse.Namespace, state: StateDirectory) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("azure").setLevel(logging.WARNING)
    try:
        asyncio.run(supervise(state, arguments.app.resolve(), access_log=arguments.access_log))
    except (NotReadyError, NoPortError, AzuriteNotInstalledError) as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - a traceback adds nothing
        return 1
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print(arguments: argparse.Namespace, result: object, text: str) -> None:
    print(json.dumps(result) if arguments.json else text)


def _arguments() -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--state", type=Path, default=ROOT / ".local", help="state directory")
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("--app", type=Path, default=ROOT, help="directory of the router's app")
    run.add_argument("--access-log", action="store_true", help="log every storage request")
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", parents=[common, run], help="start everything and wait for it")
    up.add_argument(
        "--host",
        choices=(EMULATED, FUNC),
        default=os.environ.get(HOST, EMULATED),
        help="what runs the router and the lines: the emulated host, or Core Tools (func on PATH)",
    )
    up.add_argument(
        "--local-build",
        action="store_true",
        help="install with pip what the requirements.txt of a package lists, as Azure does",
    )
    commands.add_parser("down", parents=[common], help="stop everything and keep stored data")
    commands.add_parser("status", parents=[common], help="list the running processes")
    commands.add_parser("clean", parents=[common], help="stop everything and remove stored data")
    commands.add_parser("supervise", parents=[common, run])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
