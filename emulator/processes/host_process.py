"""The process that runs a function app: its command line, environment and role."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from emulator.processes.ports import LOOPBACK
from emulator.processes.process import PYTHON_ENVIRONMENT, Command, python

HOST: Final = "EMULATOR_HOST"  # the host that runs function apps
EMULATED: Final = "emulated"
FUNC: Final = "func"  # Azure Functions Core Tools
INSTANCE: Final = "WEBSITE_INSTANCE_ID"
IDLE: Final = 10  # the exit status of a host that had nothing to do
_HOSTS = {EMULATED: "emulator.host", FUNC: "emulator.core_tools"}


class Role(StrEnum):
    """Which functions of an app one instance runs, as Flex Consumption's scaling groups have it."""

    ALL = "all"
    HTTP = "http"  # and no durable ones
    DURABLE = "durable"  # and no request from outside


@dataclass(frozen=True, slots=True)
class Site:
    """An unpacked package with its settings. A higher revision replaces a lower one.

    Its host ends after `idle_seconds` without work, or never if that is None. `installed`: the
    directory of the packages that it finds beside its own, by default those of an app on Azure.
    """

    name: str
    port: int
    revision: int
    package: Path
    settings: Mapping[str, str]
    idle_seconds: float | None = None
    installed: Path | None = None
    group: Role = Role.ALL
    instance: str | None = None  # the name of one of several instances, which its leases have

    @property
    def role(self) -> str:
        """The role of a process that runs this revision."""
        return f"host:{self.name.lower()}:{self.revision}"


def host_command(
    owner: Path,
    site: Site,
    listener: socket.socket,
    log: Path,
    replaces: int | None,
    work: int | None = None,
) -> Command:
    """Return the command that runs a function app on a listening socket.

    Once the app is loaded, the new process terminates the one that it `replaces`. It processes its
    task hub once the file descriptor `work` is readable, or at once without one.
    """
    kind = os.environ.get(HOST, EMULATED)
    arguments = [*_arguments(site, kind), "--fd", str(listener.fileno())]
    if replaces is not None:
        arguments += ["--replaces", str(replaces)]
    inherit = [listener.fileno()]
    if kind == EMULATED and site.idle_seconds is not None:
        arguments += ["--idle", str(site.idle_seconds)]
        if work is not None:
            arguments += ["--work-fd", str(work)]
            inherit.append(work)
    environment = {
        **site.settings,
        **PYTHON_ENVIRONMENT,
        "WEBSITE_SITE_NAME": site.name,
        "WEBSITE_HOSTNAME": f"{LOOPBACK}:{site.port}",
    }
    if site.instance is not None:
        environment[INSTANCE] = site.instance
    return Command(
        owner=owner,
        role=site.role,
        arguments=python(_HOSTS[kind], *arguments),
        environment=environment,
        directory=site.package,
        log=log,
        inherit=tuple(inherit),
    )


def _arguments(site: Site, kind: str) -> list[str]:
    arguments = ["--app", str(site.package), "--port", str(site.port), "--site", site.name]
    arguments += ["--installed", str(site.installed)] if site.installed else []
    return arguments + (["--role", site.group] if kind == EMULATED else [])
