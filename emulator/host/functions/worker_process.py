"""One worker process of an app and the calls that run in it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.host.errors import NotIndexed, WorkerEnded
from emulator.host.functions.worker_command import WorkerCommand
from emulator.worker.channel import Channel, Fields, to_text

START_SECONDS = 120.0
NOTICE_SECONDS = 0.1  # from the end of a process until the host knows of it
NO_WORKER = "Did not find any initialized language workers"

type Answer = tuple[dict[str, Any], bytes]


@dataclass(frozen=True, slots=True)
class Indexed:
    """The functions that the worker describes, or none if they are `in_files` for the host."""

    functions: list[dict[str, Any]]
    in_files: bool


class WorkerProcess:
    """A process that runs functions until it ends, and with it every call that it runs."""

    def __init__(
        self,
        child: asyncio.subprocess.Process,
        lifeline: int,
        on_end: Callable[["WorkerProcess"], None],
    ) -> None:
        self._child = child
        self._on_end = on_end
        self._lifeline = lifeline
        self._channel: Channel | None = None
        self._calls: dict[str, asyncio.Future[Answer]] = {}
        self._indexed: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._reason: str | None = None
        self._end = asyncio.create_task(self._wait())

    @classmethod
    async def start(
        cls, command: WorkerCommand, on_end: Callable[["WorkerProcess"], None]
    ) -> "WorkerProcess":
        """Start a process, which at once begins to import and index the app.

        When it has ended, `on_end` is called before its calls fail.
        """
        ours, theirs = socket.socketpair()
        lifeline, held = os.pipe()
        ends = (theirs.fileno(), lifeline)
        try:
            child = await asyncio.create_subprocess_exec(
                *command.arguments,
                *("--channel", str(ends[0]), "--lifeline", str(ends[1])),
                cwd=command.directory,
                env=dict(command.environment),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=ends,
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            os.close(held)
            raise
        finally:
            theirs.close()
            os.close(lifeline)
        process = cls(child, held, on_end)
        try:
            process._channel = await Channel.open(ours, process._on_message, lambda: None)
        except BaseException:
            ours.close()
            process.kill("the host has stopped")
            raise
        return process

    @property
    def killed(self) -> bool:
        """Return whether the host ended this process."""
        return self._reason is not None

    @property
    def end_text(self) -> str:
        """Say how the process ended."""
        code = self._child.returncode or 0
        code = 128 - code if code < 0 else code  # as a shell reports a signal
        return self._reason or f"python exited with code {code} (0x{code:X})"

    async def indexed(self) -> Indexed:
        """Return the app's functions once they are indexed. Raises NotIndexed."""
        try:
            fields, message = await asyncio.wait_for(self._indexed, START_SECONDS)
        except WorkerEnded as error:
            raise NotIndexed(str(error)) from None
        except TimeoutError:
            raise NotIndexed(f"the app was not imported within {START_SECONDS:.0f} s") from None
        if fields["indexed"] is None:
            raise NotIndexed(f"{to_text(message)}\n{fields['stack']}")
        return Indexed(fields["indexed"], in_files=fields["files"])

    async def call(self, fields: Fields, payload: bytes) -> Answer:
        """Call a function and return its answer. Raises WorkerEnded."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        number = fields["invocation"]
        self._calls[number] = answer
        try:
            if self._child.returncode is not None and not self.killed and not self._end.done():
                raise WorkerEnded(NO_WORKER)
            if self._end.done() or self._channel is None:
                raise WorkerEnded(self.end_text)
            self._channel.send(fields, payload)
            return await answer
        finally:
            del self._calls[number]

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await asyncio.shield(self._end)

    def kill(self, reason: str) -> None:
        """Kill the process. Its calls fail for this reason."""
        if self._child.returncode is None:
            self._reason = reason
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()

    async def _wait(self) -> None:
        await self._child.wait()
        os.close(self._lifeline)
        if not self.killed:
            await asyncio.sleep(NOTICE_SECONDS)
        if self._channel is not None:
            self._channel.close()
        self._on_end(self)
        for waiting in (self._indexed, *self._calls.values()):
            if not waiting.done():
                waiting.set_exception(WorkerEnded(self.end_text))
        if not self._indexed.cancelled():
            self._indexed.exception()  # no one may be waiting for it
        await asyncio.sleep(0)  # in which the channel closes its socket

    def _on_message(self, fields: dict[str, Any], payload: bytes) -> None:
        if "indexed" in fields:
            self._indexed.set_result((fields, payload))
            return
        waiting = self._calls.get(fields["invocation"])
        if waiting is not None and not waiting.done():  # its caller may have given up
            waiting.set_result((fields, payload))
