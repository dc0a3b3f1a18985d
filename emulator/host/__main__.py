"""`python -m emulator.host --app DIR --port N --site NAME`: the host of one function app."""

import argparse
import asyncio
import contextlib
import gc
import logging
import math
import os
import socket
import sys
from pathlib import Path

from emulator.host import app
from emulator.host.end import GIVEN_UP, REPLACED, End, end_of
from emulator.host.errors import NotIndexed
from emulator.host.functions.import_place import summary
from emulator.host.functions.missing_module import advice
from emulator.host.host import Address, Host
from emulator.host.http.listener import Listener
from emulator.host.http.request_handler import RequestHandler
from emulator.host.idle import until_idle
from emulator.processes import ports
from emulator.processes.host_process import IDLE, Role
from emulator.worker import logs

REQUESTS_GRACE_SECONDS = 6.0
EXTENSION_GRACE_SECONDS = 12.0
RPC_GRACE_SECONDS = 0.5
log = logging.getLogger("Host")


def main() -> None:
    """Run until SIGTERM or SIGINT, or until SIGUSR1 from the host that takes its place."""
    options = _options()
    gc.disable()  # loading an app allocates much and frees little
    os.chdir(options.app)
    logs.configure({})
    status = asyncio.run(_serve(options))
    # The app's own threads may still run, but the grace period is over.
    sys.stdout.flush()
    os._exit(status)


async def _serve(options: argparse.Namespace) -> int:
    """Return the exit status, which is 0 for a signal and for a host that gives up."""
    public, rpc = _public_socket(options), ports.claim(options.rpc_port)
    try:
        loaded = await app.load(options.app, options.installed)
    except NotIndexed as error:
        log.error("%s", error)  # noqa: TRY400 - it has the worker's traceback
        for hint in (summary(str(error), options.app), advice(str(error))):
            if hint is not None:
                log.error("%s", hint)  # noqa: TRY400
        log.error(GIVEN_UP)  # noqa: TRY400
        return 0
    host = Host(options.site, loaded, _address(public, rpc))
    gc.enable()
    handler = RequestHandler(host)
    public_listener = Listener(handler.handle, public, REQUESTS_GRACE_SECONDS)
    rpc_listener = Listener(handler.handle_rpc, rpc, RPC_GRACE_SECONDS)
    await rpc_listener.start()
    if options.role is not Role.DURABLE:
        await public_listener.start()
    if options.replaces is not None:
        _stop_replaced(options.replaces)
    starting = asyncio.create_task(host.start())
    if options.role is not Role.HTTP:
        _process_when_wanted(host, options.work_fd)
    quiet = (public_listener.idle_seconds, host.idle_seconds)
    end = await end_of(loaded, until_idle(options.idle, quiet))
    log.info("stopping")
    starting.cancel()
    await asyncio.wait([starting])
    await public_listener.stop()
    if end is End.REPLACED:
        await host.leave()
    await host.stop(EXTENSION_GRACE_SECONDS)
    await rpc_listener.stop()
    log.info("stopped")
    return IDLE if end is End.IDLE else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.host", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="directory of the package")
    parser.add_argument("--port", type=int, required=True, help="port of the app, on loopback")
    parser.add_argument("--site", required=True, help="name of the function app")
    parser.add_argument("--rpc-port", type=int, default=17071, help="another one is used if taken")
    parser.add_argument("--fd", type=int, help="inherited listening socket")
    parser.add_argument("--role", type=Role, choices=list(Role), default=Role.ALL)
    parser.add_argument("--replaces", type=int, help="pid of the host to terminate")
    parser.add_argument("--idle", type=float, default=math.inf, help="seconds until it ends")
    parser.add_argument("--work-fd", type=int, help="readable once the task hub is to be processed")
    parser.add_argument("--installed", type=Path, help="directory of packages that the app finds")
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


def _process_when_wanted(host: Host, work: int | None) -> None:
    """Process the task hub as soon as the file descriptor is readable, or now without one."""
    if work is None:
        host.process()
        return
    loop = asyncio.get_running_loop()

    def wanted() -> None:
        loop.remove_reader(work)  # without reading: the next host is to find it, too
        host.process()

    loop.add_reader(work, wanted)


if __name__ == "__main__":
    main()
