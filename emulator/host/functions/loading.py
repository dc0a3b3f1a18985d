"""The import of the v1 model's functions in a worker process, one by one.

A function that cannot be imported stays in the app, and its calls fail with the reason.
"""

import logging
from collections.abc import Iterable
from uuid import uuid4

from emulator.host.errors import FunctionFailed
from emulator.host.functions.function_json import FunctionFile
from emulator.host.functions.worker_process import WorkerProcess
from emulator.worker.channel import to_text

log = logging.getLogger("Host.Worker")


type Failure = tuple[str, str]
"""The worker's message about an exception, and its stack."""


async def load_all(process: WorkerProcess, files: Iterable[FunctionFile]) -> dict[str, Failure]:
    """Import functions and return why those failed that did, by name. Raises WorkerEnded."""
    failures = {}
    for file in files:
        fields = {"invocation": str(uuid4()), "load": file.load_fields()}
        answer, message = await process.call(fields, b"")
        if not answer["ok"]:
            failures[file.name] = (to_text(message), answer["stack"])
            cause = failed(*failures[file.name]).__cause__
            log.error("The function '%s' cannot be loaded", file.name, exc_info=cause)
    return failures


def failed(message: str, stack: str) -> FunctionFailed:
    """Return the error that a worker's message describes."""
    type_name, _, text = message.partition(": ")
    return FunctionFailed(type_name, text, stack)
