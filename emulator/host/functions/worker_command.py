"""The command line and the environment of an app's worker process."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import emulator.worker
from emulator.host.functions.app_packages import for_apps
from emulator.processes.marker import ROLE

_WORKER = Path(emulator.worker.__file__).resolve().parent
_PYTHON = os.path.realpath(sys.executable)
THREADS = "PYTHON_THREADPOOL_THREAD_COUNT"
DEFAULT_THREADS = "1000"


@dataclass(frozen=True, slots=True)
class WorkerCommand:
    """The process that runs the functions of one app."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path


def worker_command(
    package: Path,
    settings: Mapping[str, str],
    log_levels: Mapping[str, str],
    installed: Path | None = None,
) -> WorkerCommand:
    """Return the command of an app's worker, without the descriptors that it inherits.

    `installed`: the directory of the packages that the app finds beside its own, by default those
    that an app on Azure has.
    """
    # Without -S, and outside of the checkout's environment, all that it has installed is found.
    python = (_PYTHON, "-X", "no_debug_ranges", "-P", "-S", str(_WORKER / "enter.py"))
    found = installed or for_apps()
    return WorkerCommand(
        (*python, str(package), str(found), "--log-levels", json.dumps(dict(log_levels))),
        _environment(package, settings),
        package,
    )


def _environment(package: Path, settings: Mapping[str, str]) -> dict[str, str]:
    name = settings.get("WEBSITE_SITE_NAME", package.name).lower()
    path = settings.get("PYTHONPATH", "").split(os.pathsep)  # of which the checkout is the host's
    return {
        THREADS: DEFAULT_THREADS,
        **settings,
        "PYTHONPATH": os.pathsep.join(each for each in path if each != str(_WORKER.parents[1])),
        "FUNCTIONS_APPLICATION_DIRECTORY": str(package),
        "FUNCTIONS_WORKER_DIRECTORY": str(_WORKER),
        "AzureWebJobsScriptRoot": str(package),
        ROLE: f"worker:{name}",
    }
