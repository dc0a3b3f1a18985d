"""The command line and environment of a worker process."""

import os
from pathlib import Path

from emulator.host.functions.worker_command import worker_command

PACKAGE = Path("/packages/orders")


def test_environment_has_settings_and_what_the_host_adds() -> None:
    given = {"A": "b", "WEBSITE_SITE_NAME": "Orders", "EMULATOR_ROLE": "host:orders:1"}
    environment = worker_command(PACKAGE, given, {}).environment
    assert (environment["A"], environment["PYTHON_THREADPOOL_THREAD_COUNT"]) == ("b", "1000")
    assert environment["FUNCTIONS_APPLICATION_DIRECTORY"] == str(PACKAGE)
    assert environment["EMULATOR_ROLE"] == "worker:orders"


def test_settings_precede_the_default_of_threads() -> None:
    settings = {"PYTHON_THREADPOOL_THREAD_COUNT": "3"}
    environment = worker_command(PACKAGE, settings, {}).environment
    assert environment["PYTHON_THREADPOOL_THREAD_COUNT"] == "3"


def test_python_path_is_the_app_s_own() -> None:
    assert not worker_command(PACKAGE, {}, {}).environment["PYTHONPATH"]
    path = os.pathsep.join((str(Path(__file__).parents[5]), "/own"))
    environment = worker_command(PACKAGE, {"PYTHONPATH": path}, {}).environment
    assert environment["PYTHONPATH"] == "/own"


def test_app_finds_what_is_installed_for_it() -> None:
    arguments = worker_command(PACKAGE, {}, {}, Path("/installed")).arguments
    assert arguments[-4:-2] == (str(PACKAGE), "/installed")
