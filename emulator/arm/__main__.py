"""`python -m emulator.arm`: the control plane as its own process, on loopback."""

import argparse
import logging
import os
import socket
from pathlib import Path

from aiohttp import web

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.hosting import Hosting
from emulator.arm.backend.store import Store
from emulator.arm.policies.identity import load_secrets
from emulator.arm.server import application
from emulator.processes.ports import reclaim

IDLE_SETTING = "EMULATOR_IDLE_SECONDS"


def main() -> None:
    """Run until a signal arrives, then stop every host process."""
    arguments = _arguments()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("azure").setLevel(logging.WARNING)
    state = arguments.state.resolve()
    cloud = Cloud(
        store=Store(state / "resources.sqlite"),
        hosting=Hosting(state, (arguments.logs or state / "logs").resolve()),
        secrets=load_secrets(state / "identity.json"),
        packages=state / "packages",
        storage=arguments.storage,
        latency=arguments.latency,
        idle_seconds=float(os.environ.get(IDLE_SETTING) or 0) or None,
    )
    given = arguments.fd
    listener = reclaim(arguments.port) if given is None else socket.socket(fileno=given)
    web.run_app(application(cloud), sock=listener, print=None, access_log=None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator.arm", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="port on loopback")
    where.add_argument("--fd", type=int, help="inherited listening socket")
    parser.add_argument("--state", type=Path, required=True, help="state directory")
    parser.add_argument("--storage", required=True, help="connection string of the default storage")
    parser.add_argument("--logs", type=Path, help="directory of app logs (default: STATE/logs)")
    parser.add_argument(
        "--latency", type=float, default=0.5, help="duration of a long-running operation in seconds"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
