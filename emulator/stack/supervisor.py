"""The supervisor of the local run.

It starts storage, control plane and router, restarts those that exit, and stops them in reverse
order at SIGTERM.
"""

import asyncio
import logging
import os
import signal
import socket
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from emulator.arm.policies.identity import load_secrets
from emulator.host.functions.app_packages import INSTALLED
from emulator.processes import local_build
from emulator.processes.host_process import Role, Site, host_command
from emulator.processes.ports import LOOPBACK, port_of
from emulator.processes.private_files import write_json
from emulator.processes.process import PYTHON_ENVIRONMENT, ROOT, Command, python
from emulator.processes.service import Launch, Service
from emulator.stack import azurite, function_keys, readiness, resource_group
from emulator.stack.host_admin import HostAdmin
from emulator.stack.ports import azurite_ports, hold
from emulator.stack.router_settings import SITE, home, roles, router_settings
from emulator.stack.state_directory import StateDirectory

ROLE = "supervisor"
_log = logging.getLogger(__name__)
_GRACE_SECONDS = 20.0
_START_SECONDS = 60.0


async def supervise(state: StateDirectory, app: Path, *, access_log: bool) -> None:
    """Run everything until SIGTERM. Raises NotReadyError or NoPortError if the start fails."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as ended:
        starting = asyncio.create_task(Supervisor(state, app, ended, access_log=access_log).start())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        else:
            await starting
            await stopping
        state.endpoints.unlink(missing_ok=True)
        _log.info("Stopping")


class Supervisor:
    """One local run. The exit stack `ended` stops what was started, in reverse order."""

    def __init__(
        self, state: StateDirectory, app: Path, ended: AsyncExitStack, *, access_log: bool
    ) -> None:
        self._state = state
        self._app = app
        self._ended = ended
        self._access_log = access_log
        self._roles = roles()
        self._held = hold(state.ports, [name for name in self._roles if name != SITE])
        for held in self._held.values():
            ended.callback(held.close)
        self._storage = azurite.connection_string(azurite_ports(self._held))
        self._keys = function_keys.load(state.keys)
        self._identity = load_secrets(state.arm / "identity.json")
        self._arm_url = _url(self._held["arm"])
        self._router_url = _url(self._held["router"])
        self._services: dict[str, Service] = {}
        self._ready = False
        self._given_up: set[str] = set()
        self._router_log = state.logs / "router.log"

    async def start(self) -> None:
        """Start everything in order and write the endpoints file."""
        await self._start_azurite()
        await self._start_arm()
        await self._start_routers()
        self._ready = True
        self._write_endpoints()
        _log.info("Ready: %s", self._router_url)

    async def _start_azurite(self) -> None:
        ports = azurite_ports(self._held)
        _log.info("Storage: Azurite on ports %d, %d, %d", ports.blob, ports.queue, ports.table)
        await azurite.install()
        data, log = self._state.azurite, self._state.logs / "azurite.log"
        data.mkdir(exist_ok=True)
        command = azurite.command(self._state.root, data, ports, log, access_log=self._access_log)
        await self._run("azurite", lambda _: command)
        for name, port in asdict(ports).items():
            await readiness.port_accepts(f"Azurite ({name})", port, _START_SECONDS)

    async def _start_arm(self) -> None:
        _log.info("Azure Resource Manager: %s", self._arm_url)
        await self._run("arm", lambda _: self._arm_command())
        await resource_group.create(self._arm_url, self._identity.header, home(self._app))

    async def _start_routers(self) -> None:
        _log.info("Router: %s (%s)", self._router_url, self._app)
        await self._run(SITE, partial(self._router_command, SITE))
        admin = HostAdmin(self._router_url, self._storage, SITE)
        health = f"{self._router_url}/api/health"

        async def problem() -> str | None:
            if "router" in self._given_up:
                return readiness.reason_of_end(self._router_log.read_text(encoding="utf-8"))
            return await admin.problem()

        await readiness.answers("The router", health, _START_SECONDS, problem)
        await function_keys.set_keys(admin, self._keys)
        for name in self._roles:
            if name != SITE:
                await self._run(name, partial(self._router_command, name))
        for url in self._urls():
            await readiness.answers("The router", f"{url}/api/health", _START_SECONDS, problem)

    def _urls(self) -> list[str]:
        """Return the addresses of the router's instances that serve HTTP."""
        serving = (name for name, role in self._roles.items() if role is not Role.DURABLE)
        return [_url(self._held[name]) for name in serving]

    async def _run(self, name: str, launch: Launch) -> None:
        service = Service(
            name,
            _GRACE_SECONDS,
            on_start=self._write_endpoints,
            on_give_up=partial(self._given_up.add, name),
        )
        self._services[name] = service
        self._ended.push_async_callback(service.stop)
        await service.run(launch)

    def _arm_command(self) -> Command:
        state = self._state
        listener = self._held["arm"]
        arguments = ["--fd", str(listener.fileno()), "--state", str(state.arm)]
        arguments += ["--storage", self._storage, "--logs", str(state.logs)]
        return Command(
            owner=state.root,
            role="arm",
            arguments=python("emulator.arm", *arguments),
            environment={**PYTHON_ENVIRONMENT, **local_build.variables(os.environ)},
            directory=ROOT,
            log=state.logs / "arm.log",
            inherit=(listener.fileno(),),
        )

    def _router_command(self, name: str, replaces: int | None) -> Command:
        listener = self._held[name]
        settings = router_settings(
            self._app, self._arm_url, self._storage, self._identity.header, self._keys.links
        )
        site = Site(
            SITE,
            port_of(listener),
            0,
            self._app,
            settings,
            installed=INSTALLED,
            group=self._roles[name],
            instance=None if name == SITE else name,
        )
        log = self._state.logs / f"{name}.log"
        return replace(host_command(self._state.root, site, listener, log, replaces), role=name)

    def _write_endpoints(self) -> None:
        """Write addresses, keys and process ids, again whenever a process was replaced."""
        if not self._ready:
            return
        processes = {name: service.process for name, service in self._services.items()}
        keys = asdict(self._keys)
        identity = {"endpoint": f"{self._arm_url}/msi/token", "header": self._identity.header}
        endpoints = {
            "router": self._router_url,
            "routers": self._urls(),
            "keys": {name: keys[name] for name in ("client", "ops", "host")},
            "arm": self._arm_url,
            "identity": identity,
            "resourceGroup": home(self._app).group_id,
            "storage": self._storage,
            "pids": {name: process.pid for name, process in processes.items() if process},
            "logs": str(self._state.logs),
        }
        write_json(self._state.endpoints, endpoints)


def _url(listener: socket.socket) -> str:
    return f"http://{LOOPBACK}:{port_of(listener)}"
