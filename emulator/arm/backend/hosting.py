"""The host processes of the sites and the listening sockets that outlive them.

The control plane holds each site's socket and hands it to the process that serves it. While a
process is replaced, or starts because a connection demands it, connections wait in the socket's
backlog and none is refused. After a process has given up, they are refused until its successor has
loaded the app. While a site is stopped, the control plane itself answers on its socket.
"""

import contextlib
import logging
import socket
from functools import partial
from pathlib import Path

from emulator.arm.backend.demand import Demand
from emulator.arm.backend.stopped_page import StoppedPage
from emulator.processes.host_process import Site, host_command
from emulator.processes.ports import NoPortError, claim, port_of, reclaim
from emulator.processes.process import Command, Process, find
from emulator.processes.service import Service

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 15.0
_BACKLOG = 1024


class Hosting:
    """The host processes, at most one per site.

    `owner` is the state directory they belong to, `logs` the directory of their output.
    """

    def __init__(self, owner: Path, logs: Path) -> None:
        self._owner = owner
        self._logs = logs
        self._services: dict[str, Service] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._refusing: set[str] = set()
        self._demands: dict[str, Demand] = {}
        self._pages: dict[str, StoppedPage] = {}

    def reserve(self, name: str, preferred: int) -> int:
        """Choose and hold a port for a new site."""
        listener = claim(preferred)
        self._sockets[name.lower()] = listener
        return port_of(listener)

    async def run(self, site: Site) -> None:
        """Run a revision of a site and wait until the previous process has ended."""
        service = self._service(site.name)
        self._refusing.discard(site.name.lower())
        await self._close_page(site.name)
        if service.process is not None and site.name.lower() not in self._sockets:
            await service.stop()  # the socket of an adopted process cannot be shared
        await service.run(partial(self._command, site))

    async def resume(self, sites: list[Site]) -> None:
        """Adopt the processes of the wanted revisions after a restart and stop all others."""
        wanted = {site.role: site for site in sites}
        adopted: dict[str, Process] = {}
        for process in find(self._owner):
            if process.role in wanted and process.role not in adopted:
                adopted[process.role] = process
            elif process.role.startswith("host:") and process.role not in wanted:
                await process.stop(_GRACE_SECONDS)
        for role, site in wanted.items():
            launch = partial(self._command, site)
            if role in adopted:
                _log.info("%s still runs, pid %d", site.name, adopted[role].pid)
                await self._service(site.name).adopt(adopted[role], launch)
            else:
                await self._service(site.name).run(launch)

    async def pause(self, name: str, port: int) -> None:
        """Stop a site's process, and answer instead of it that the site is stopped."""
        if name.lower() not in self._sockets:
            await self._end(name)  # an adopted process, which holds the socket
            self._sockets[name.lower()] = reclaim(port)
        if name.lower() not in self._pages:
            page = await StoppedPage.open(self._sockets[name.lower()], _BACKLOG)
            self._pages[name.lower()] = page
        await self._end(name)

    async def empty(self, name: str) -> None:
        """Refuse connections to a site that is not stopped and has nothing to run."""
        await self._close_page(name)
        self._refuse(name.lower())

    async def stop(self, name: str) -> None:
        """Stop a site's process and close its socket, so that connections are refused."""
        await self._close_page(name)
        await self._end(name)
        if listener := self._sockets.pop(name.lower(), None):
            listener.close()

    def lacks_work(self, name: str) -> bool:
        """Return whether a site's triggers are left alone until there is work for them."""
        demand = self._demands.get(name.lower())
        return demand is not None and not demand.has_work

    def work_found(self, name: str) -> None:
        """Have a site's triggers processed, which starts its process if it has none."""
        if demand := self._demands.get(name.lower()):
            _log.info("work waits for %s", name)
            demand.work_found()

    async def close(self) -> None:
        """Stop all processes and close all sockets."""
        for name in {*self._services, *self._sockets}:
            await self.stop(name)

    async def _end(self, name: str) -> None:
        service = self._services.pop(name.lower(), None)
        if service is not None:
            await service.stop()
        if demand := self._demands.pop(name.lower(), None):
            demand.close()

    async def _close_page(self, name: str) -> None:
        if page := self._pages.pop(name.lower(), None):
            await page.close()

    def _service(self, name: str) -> Service:
        return self._services.setdefault(
            name.lower(),
            Service(
                f"host of {name}",
                _GRACE_SECONDS,
                on_give_up=partial(self._refuse, name.lower()),
                rest=partial(self._rest, name.lower()),
            ),
        )

    def _refuse(self, name: str) -> None:
        """Close the socket of a process that has given up, and hold its port with a new one."""
        self._refusing.add(name)
        if listener := self._sockets.pop(name, None):
            port = port_of(listener)
            listener.close()
            with contextlib.suppress(NoPortError):  # tried again at the next start
                self._sockets[name] = reclaim(port)

    async def _rest(self, name: str) -> None:
        if demand := self._demands.get(name):
            await demand.next(self._sockets.get(name))

    def _command(self, site: Site, replaces: int | None) -> Command:
        listener = self._sockets.get(site.name.lower()) or reclaim(site.port)
        self._sockets[site.name.lower()] = listener
        if site.name.lower() not in self._refusing:
            listener.listen(_BACKLOG)
        log = self._logs / f"{site.name}.log"
        work = self._demand(site).work if site.idle_seconds is not None else None
        return host_command(self._owner, site, listener, log, replaces, work)

    def _demand(self, site: Site) -> Demand:
        name = site.name.lower()
        if name not in self._demands:
            self._demands[name] = Demand()
        return self._demands[name]
