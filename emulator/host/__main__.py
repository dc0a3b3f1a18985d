"""`python -m emulator.host --app DIR --port N --site NAME`: one function app in this process.

Owns the command line, the process's surroundings and its end at SIGTERM.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import emulator
from emulator.host import app
from emulator.host.configuration import logs
from emulator.host.host import Address, Host
from emulator.host.http.listener import Listener
from emulator.host.http.request_handler import Front
from emulator.processes import ports

REQUESTS_GRACE_SECONDS = 6.0
EXTENSION_GRACE_SECONDS = 5.0
RPC_GRACE_SECONDS = 0.5

log = logging.getLogger("Host")


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    options = _options()
    gc.disable()  # loading an app makes much and drops little
    _step_into(options.app)
    logs.configure({})
    asyncio.run(_serve(options))
    # Threads of the app's own may be at work still; the time to wait for them is over.
    sys.stdout.flush()
    os._exit(0)


async def _serve(options: argparse.Namespace) -> None:
    public, rpc = _public_socket(options), ports.claim(options.rpc_port)
    host = Host(options.site, app.load(options.app), _address(public, rpc))
    gc.enable()
    front = Front(host)
    outside = Listener(front.handle, public, REQUESTS_GRACE_SECONDS)
    inside = Listener(front.handle_rpc, rpc, RPC_GRACE_SECONDS)
    await inside.start()
    await outside.start()
    if options.replaces is not None:
        _relieve(options.replaces)
    starting = asyncio.create_task(host.start())
    await _told_to_stop()
    log.info("stopping")
    starting.cancel()
    await asyncio.wait([starting])
    await outside.stop()
    await host.stop(EXTENSION_GRACE_SECONDS)
    await inside.stop()
    log.info("stopped")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.host", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="directory of the package")
    parser.add_argument("--port", type=int, required=True, help="port of the app, on loopback")
    parser.add_argument("--site", required=True, help="name of the function app")
    parser.add_argument("--rpc-port", type=int, default=17071, help="if taken, another one is used")
    parser.add_argument("--fd", type=int, help="an inherited socket that listens on the port")
    parser.add_argument("--replaces", type=int, help="a host on the same socket, to be ended")
    options = parser.parse_args()
    options.app = options.app.resolve()
    return options


def _step_into(package: Path) -> None:
    """Make the package's directory the current one, and ours no place to import an app's from."""
    os.chdir(package)
    ours = Path(emulator.__file__).parent.parent
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ours]


def _public_socket(options: argparse.Namespace) -> socket.socket:
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    return ports.reclaim(options.port)


def _address(public: socket.socket, rpc: socket.socket) -> Address:
    name = os.environ.get("WEBSITE_HOSTNAME") or f"{ports.LOOPBACK}:{ports.port_of(public)}"
    return Address(
        durable=f"http://{name}/runtime/webhooks/durabletask",
        rpc=f"http://{ports.LOOPBACK}:{ports.port_of(rpc)}/durabletask/",
    )


def _relieve(pid: int) -> None:
    """Tell the host that served until now to stop: everything is loaded, and we accept."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


async def _told_to_stop() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


if __name__ == "__main__":
    main()
