"""The process that runs a function app: its command line, environment and role."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.processes.ports import LOOPBACK
from emulator.processes.process import PYTHON_ENVIRONMENT, Command, python

HOST_SETTINGS = ("EMULATOR_VISIBILITY_SECONDS", "EMULATOR_STOP_SECONDS")
"""The settings of the emulator itself, which every host inherits from the process that runs it."""


@dataclass(frozen=True, slots=True)
class Site:
    """An unpacked package with its settings. A higher revision replaces a lower one."""

    name: str
    port: int
    revision: int
    package: Path
    settings: Mapping[str, str]

    @property
    def role(self) -> str:
        """The role of a process that runs this revision."""
        return f"host:{self.name.lower()}:{self.revision}"


def host_settings() -> dict[str, str]:
    """Return the emulator's own settings of this process."""
    return {name: os.environ[name] for name in HOST_SETTINGS if name in os.environ}


def host_command(
    owner: Path, site: Site, listener: socket.socket, log: Path, replaces: int | None
) -> Command:
    """Return the command that runs a function app on a listening socket.

    Once the app is loaded, the new process terminates the one that it `replaces`.
    """
    arguments = ["--app", str(site.package), "--port", str(site.port), "--site", site.name]
    arguments += ["--fd", str(listener.fileno())]
    if replaces is not None:
        arguments += ["--replaces", str(replaces)]
    environment = {
        **site.settings,
        **host_settings(),
        **PYTHON_ENVIRONMENT,
        "WEBSITE_SITE_NAME": site.name,
        "WEBSITE_HOSTNAME": f"{LOOPBACK}:{site.port}",
    }
    return Command(
        owner=owner,
        role=site.role,
        arguments=python("emulator.host", *arguments),
        environment=environment,
        directory=site.package,
        log=log,
        inherit=(listener.fileno(),),
    )
