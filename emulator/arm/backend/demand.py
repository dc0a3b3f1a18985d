"""The demand for a site whose host ends when it has nothing to do.

An HTTP request is one: it waits in the site's listening socket. Messages in the queues of its task
hub are another, which the scale controller finds.
"""

import asyncio
import os
import socket


class Demand:
    """The demand for one site.

    `work` is a file descriptor that is readable from the moment messages were found until the host
    has ended for want of anything to do. Hosts inherit it, and leave their task hub alone before.
    """

    def __init__(self) -> None:
        self.work, self._signal = os.pipe()
        self._found = asyncio.Event()

    @property
    def has_work(self) -> bool:
        """Return whether messages were found since the host ended the last time."""
        return self._found.is_set()

    def work_found(self) -> None:
        """Have the task hub processed, by a new host if there is none."""
        if not self._found.is_set():
            os.write(self._signal, b"\0")
            self._found.set()

    async def next(self, listener: socket.socket | None) -> None:
        """Wait for the first demand after a host has ended."""
        self._forget()
        if listener is None:
            return
        loop, connected = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(listener, connected.set)
        waits = [asyncio.create_task(each.wait()) for each in (connected, self._found)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loop.remove_reader(listener)
            for wait in waits:
                wait.cancel()

    def close(self) -> None:
        """Close the file descriptors. A host that still runs takes this for work."""
        os.close(self._signal)
        os.close(self.work)

    def _forget(self) -> None:
        if self._found.is_set():
            os.read(self.work, 1)
            self._found.clear()
