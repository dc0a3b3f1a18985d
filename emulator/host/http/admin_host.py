"""The admin API of the host as a whole: restarting it, and draining it before it is stopped.

The caller has checked the master key.
"""

import asyncio
from typing import Any

from emulator.host.host import Host, State
from emulator.host.http.json_answer import json_answer
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request


class HostApi:
    """Answers /admin/host/{restart|drain|resume}."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()

    async def restart(self, _: Request) -> Answer:
        """Begin a restart, which leaves the process and its address as they are."""
        self._begin(self._host.restart())
        package = str(self._host.app.package)
        paths = {
            "isSelfHost": False,
            "secretsPath": "",
            "scriptPath": package,
            "logPath": "",
            "testDataPath": "",
            "isFileSystemReadOnly": False,
            "isScmRunFromPackage": False,
            "hasParentScope": False,
        }
        return json_answer(paths)

    async def drain(self, _: Request) -> Answer:
        """Begin to drain: no trigger calls a function any more."""
        self._begin(self._host.drain())
        return Answer(202)

    async def drain_status(self, _: Request) -> Answer:
        """Return how far draining has come: functions may still run."""
        worker = self._host.app.worker
        calls = worker.outstanding if worker else 0
        state = "Disabled"
        if self._host.drains:
            state = "InProgress" if calls else "Completed"
        return json_answer(
            {"state": state, "outstandingInvocations": calls, "outstandingRetries": 0}
        )

    async def resume(self, _: Request) -> Answer:
        """Restart a host that drains. The only way back is a new one."""
        if self._host.state is not State.RUNNING:
            return Answer(409)
        if self._host.drains:
            await self._host.restart()
        return json_answer({"state": self._host.state})

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
