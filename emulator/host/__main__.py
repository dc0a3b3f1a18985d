"""`python -m emulator.host --app DIR --port N --site NAME`: the host of one function app."""

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

from emulator.host import app
from emulator.host.app import App
from emulator.host.errors import NotIndexed
from emulator.host.host import Address, Host
from emulator.host.http.listener import Listener
from emulator.host.http.request_handler import RequestHandler
from emulator.processes import ports
from emulator.worker import logs

REPLACED = signal.SIGHUP  # sent to a host whose place another one takes
REQUESTS_GRACE_SECONDS = 6.0
EXTENSION_GRACE_SECONDS = 12.0
RPC_GRACE_SECONDS = 0.5
GIVEN_UP = (
    "Exceeded language worker restart retry count for runtime:python. "
    "Shutting down and proactively recycling the Functions Host to recover"
)

log = logging.getLogger("Host")


def main() -> None:
    """Run until SIGTERM or SIGINT, or until SIGHUP from the host that takes its place."""
    options = _options()
    gc.disable()  # loading an app allocates much and frees little
    os.chdir(options.app)
    logs.configure({})
    asyncio.run(_serve(options))
    # The app's own threads may still run, but the grace period is over.
    sys.stdout.flush()
    os._exit(0)


async def _serve(options: argparse.Namespace) -> None:
    public, rpc = _public_socket(options), ports.claim(options.rpc_port)
    try:
        loaded = await app.load(options.app)
    except NotIndexed as error:
        log.error("%s", error)  # noqa: TRY400 - it has the worker's traceback
        log.error(GIVEN_UP)  # noqa: TRY400
        return
    host = Host(options.site, loaded, _address(public, rpc))
    gc.enable()
    handler = RequestHandler(host)
    public_listener = Listener(handler.handle, public, REQUESTS_GRACE_SECONDS)
    rpc_listener = Listener(handler.handle_rpc, rpc, RPC_GRACE_SECONDS)
    await rpc_listener.start()
    await public_listener.start()
    if options.replaces is not None:
        _stop_replaced(options.replaces)
    starting = asyncio.create_task(host.start())
    replaced = await _end_of(loaded)
    log.info("stopping")
    starting.cancel()
    await asyncio.wait([starting])
    await public_listener.stop()
    if replaced:
        await host.leave()
    await host.stop(EXTENSION_GRACE_SECONDS)
    await rpc_listener.stop()
    log.info("stopped")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.host", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="directory of the package")
    parser.add_argument("--port", type=int, required=True, help="port of the app, on loopback")
    parser.add_argument("--site", required=True, help="name of the function app")
    parser.add_argument("--rpc-port", type=int, default=17071, help="another one is used if taken")
    parser.add_argument("--fd", type=int, help="inherited listening socket")
    parser.add_argument("--replaces", type=int, help="pid of the host to terminate")
    options = parser.parse_args()
    options.app = options.app.resolve()
    return options


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


def _stop_replaced(pid: int) -> None:
    """End the previous host, now that this one is loaded and accepts connections."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, REPLACED)


async def _end_of(loaded: App) -> bool:
    """Wait for a signal, or until the app's worker has ended too often.

    Returns whether another host takes the place of this one.
    """
    end, replaced = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    loop.add_signal_handler(REPLACED, replaced.set)
    waits = [asyncio.create_task(each.wait()) for each in (end, replaced)]
    if loaded.worker is not None:
        waits.append(asyncio.create_task(loaded.worker.gone.wait()))
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if not end.is_set() and not replaced.is_set():
        log.error(GIVEN_UP)
    return replaced.is_set()


if __name__ == "__main__":
    main()
