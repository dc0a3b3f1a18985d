"""`python -m emulator.core_tools --app DIR --port N --site NAME`: an app under Core Tools.

It takes the arguments of `emulator.host`, so that either runs a function app.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from emulator.core_tools.forwarder import forward
from emulator.core_tools.func import FuncApp, FuncEndedError, FuncMissingError, until_ready
from emulator.processes import ports
from emulator.processes.signals import cancel_on_signal

_GRACE_SECONDS = 12.0  # the host needs up to 11 s to end while work is under way
_log = logging.getLogger("core_tools")


def main() -> int:
    """Run until SIGTERM or SIGINT, or until Core Tools end, and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        return asyncio.run(_run(_options()))
    except asyncio.CancelledError:
        return 0
    except (FuncMissingError, FuncEndedError) as error:
        _log.error("%s", error)
        return 1


async def _run(options: argparse.Namespace) -> int:
    cancel_on_signal()
    listener, app = _listener(options), _app(options)
    process = await asyncio.create_subprocess_exec(
        *app.command, env=app.environment(os.environ), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        await until_ready(app.port, process)
        async with await forward(listener, app.port):
            if options.replaces is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(options.replaces, signal.SIGTERM)
            _log.info("%s runs under Core Tools on port %d", app.site, app.port)
            return await process.wait() or 1
    finally:
        await _stop(process)


def _listener(options: argparse.Namespace) -> socket.socket:
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    return ports.reclaim(options.port)


def _app(options: argparse.Namespace) -> FuncApp:
    with ports.claim() as chosen:
        return FuncApp(options.app.resolve(), options.site, ports.port_of(chosen))


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    if process.returncode is None:
        process.kill()
        await process.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.core_tools", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="directory of the package")
    parser.add_argument("--port", type=int, required=True, help="port of the app, on loopback")
    parser.add_argument("--site", required=True, help="name of the function app")
    parser.add_argument("--fd", type=int, help="inherited listening socket")
    parser.add_argument("--replaces", type=int, help="pid of the host to terminate")
    parser.add_argument("--installed", type=Path, help="ignored: the app finds all packages")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
