"""The command line and the environment of an app's worker process."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import emulator
from emulator.processes.marker import ROLE

ROOT = Path(emulator.__file__).resolve().parent.parent
THREADS = "PYTHON_THREADPOOL_THREAD_COUNT"
DEFAULT_THREADS = "1000"


@dataclass(frozen=True, slots=True)
class WorkerCommand:
    """The process that runs the functions of one app."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path


def worker_command(
    package: Path, settings: Mapping[str, str], log_levels: Mapping[str, str]
) -> WorkerCommand:
    """Return the command of an app's worker, without the descriptors that it inherits."""
    python = (sys.executable, "-X", "no_debug_ranges", "-P", "-m", "emulator.worker")
    return WorkerCommand(
        (*python, "--app", str(package), "--log-levels", json.dumps(dict(log_levels))),
        _environment(package, settings),
        package,
    )


def _environment(package: Path, settings: Mapping[str, str]) -> dict[str, str]:
    name = settings.get("WEBSITE_SITE_NAME", package.name).lower()
    path = settings.get("PYTHONPATH", "").split(os.pathsep)
    return {
        THREADS: DEFAULT_THREADS,
        **settings,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(ROOT), *filter(None, path)])),
        "FUNCTIONS_APPLICATION_DIRECTORY": str(package),
        "FUNCTIONS_WORKER_DIRECTORY": str(ROOT / "emulator" / "worker"),
        "AzureWebJobsScriptRoot": str(package),
        ROLE: f"worker:{name}",
    }
