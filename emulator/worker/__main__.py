"""`python -m emulator.worker --app DIR --channel FD --lifeline FD`: the functions of one app."""

import argparse
import asyncio
import gc
import json
import os
import socket
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import emulator
from emulator.worker import library, logs, memory, sdk_timestamps
from emulator.worker.channel import Channel, Fields
from emulator.worker.runtime import Runtime

VENDORED = ".python_packages/lib/site-packages"  # where a remote or zip build puts dependencies


def main() -> None:
    """Run until the host is gone."""
    options = _options()
    gc.disable()  # loading an app allocates much and frees little
    threading.Thread(target=_end_with_host, args=(options.lifeline,), daemon=True).start()
    runtime = Runtime(library.load(options.app))
    _enter(options.app)
    logs.configure(json.loads(options.log_levels), runtime.running_function)
    # The SDK announces its next version once per process, which does not concern the app.
    warnings.filterwarnings("ignore", message="azure.functions ", category=DeprecationWarning)
    asyncio.run(_serve(runtime, options))


async def _serve(runtime: Runtime, options: argparse.Namespace) -> None:
    calls: set[asyncio.Task[None]] = set()  # a task is kept alive by whoever made it
    ended = asyncio.Event()

    def on_message(fields: dict[str, Any], payload: bytes) -> None:
        call = asyncio.create_task(_call(runtime, channel, fields, payload))
        calls.add(call)
        call.add_done_callback(calls.discard)

    channel = await Channel.open(socket.socket(fileno=options.channel), on_message, ended.set)
    channel.send(*await runtime.index(options.app))
    sdk_timestamps.install_fast_parser()
    gc.enable()
    memory.release()
    await ended.wait()
    os._exit(0)  # the app's own threads may still run


async def _call(runtime: Runtime, channel: Channel, fields: Fields, payload: bytes) -> None:
    if "load" in fields:
        answer, result = await runtime.load(fields)
    else:
        answer, result = await runtime.invoke(fields, payload)
    channel.send({"invocation": fields["invocation"], **answer}, result)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.worker", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="directory of the package")
    parser.add_argument("--channel", type=int, required=True, help="socket to the host")
    parser.add_argument("--lifeline", type=int, required=True, help="pipe that the host holds open")
    parser.add_argument("--log-levels", default="{}", help="levels by category, as JSON")
    return parser.parse_args()


def _enter(package: Path) -> None:
    """Let the app import its dependencies and itself, but not this checkout's modules."""
    checkout = Path(emulator.__file__).parent.parent
    kept = [path for path in sys.path if Path(path or ".").resolve() != checkout]
    sys.path[:] = [str(package / VENDORED), *kept, str(package)]


def _end_with_host(lifeline: int) -> None:
    """End this process with the host, whatever the app's code is doing."""
    os.read(lifeline, 1)
    os._exit(0)


if __name__ == "__main__":
    main()
