"""The work of a worker process: index the functions of one app, then run them for its host."""

import argparse
import asyncio
import gc
import json
import os
import socket
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emulator.worker import library, logs, memory, sdk_timestamps
from emulator.worker.channel import Channel, Fields
from emulator.worker.runtime import Runtime


def main(app: str, arguments: Sequence[str]) -> None:
    """Run until the host is gone. `app`: directory of the package."""
    options = _options(arguments)
    gc.disable()  # loading an app allocates much and frees little
    threading.Thread(target=_end_with_host, args=(options.lifeline,), daemon=True).start()
    runtime = Runtime(library.load(Path(app)))
    logs.configure(json.loads(options.log_levels), runtime.running_function)
    # The SDK announces its next version once per process, which does not concern the app.
    warnings.filterwarnings("ignore", message="azure.functions ", category=DeprecationWarning)
    asyncio.run(_serve(runtime, Path(app), options))


async def _serve(runtime: Runtime, app: Path, options: argparse.Namespace) -> None:
    calls: set[asyncio.Task[None]] = set()  # a task is kept alive by whoever made it
    ended = asyncio.Event()

    def on_message(fields: dict[str, Any], payload: bytes) -> None:
        call = asyncio.create_task(_call(runtime, channel, fields, payload))
        calls.add(call)
        call.add_done_callback(calls.discard)

    channel = await Channel.open(socket.socket(fileno=options.channel), on_message, ended.set)
    channel.send(*await runtime.index(app))
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


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.worker", description=__doc__)
    parser.add_argument("--channel", type=int, required=True, help="socket to the host")
    parser.add_argument("--lifeline", type=int, required=True, help="pipe that the host holds open")
    parser.add_argument("--log-levels", default="{}", help="levels by category, as JSON")
    return parser.parse_args(arguments)


def _end_with_host(lifeline: int) -> None:
    """End this process with the host, whatever the app's code is doing."""
    os.read(lifeline, 1)
    os._exit(0)
