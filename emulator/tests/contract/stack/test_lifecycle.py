"""The commands up, down, status and clean, and recovery from a kill -9.

A minimal function app stands in for the router.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psutil
import pytest

from emulator.processes.process import find

APP = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

@app.route(route="health", auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse('{"status":"ok"}')

@app.route(route="client")
def client_start(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("client")

@app.route(route="ops")
def ops_release(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ops")

@app.route(route="settings")
def client_settings(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ["ROUTER_ARM_URL"] + " " + os.environ["ROUTER_APP_NAME"])
"""
EXAMPLE = {"Values": {"ROUTER_APP_NAME": "orders", "ROUTER_ARM_URL": "http://127.0.0.1:1"}}


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a condition holds, and fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about in time"
        time.sleep(0.05)


class Stack:
    """The command line, with a state directory of its own."""

    def __init__(self, root: Path) -> None:
        self.app, self.state = root / "app", root / "state"
        self.app.mkdir()
        (self.app / "host.json").write_text('{"version": "2.0"}')
        (self.app / "function_app.py").write_text(APP)
        (self.app / "local.settings.json.example").write_text(json.dumps(EXAMPLE))

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        app = ("--app", str(self.app)) if command == "up" else ()
        line = [sys.executable, "-m", "emulator", command, "--state", str(self.state), "--json"]
        return subprocess.run(
            [*line, *app, *arguments], capture_output=True, text=True, timeout=120, check=False
        )

    def up(self) -> None:
        done = self.run("up")
        assert done.returncode == 0, done.stderr

    def endpoints(self) -> dict[str, Any]:
        return dict(json.loads((self.state / "endpoints.json").read_text()))

    def processes(self) -> list[int]:
        return [process.pid for process in find(self.state)]

    def ask(self, path: str, key: str = "") -> tuple[int, str] | None:
        """Return status and body, or None without a response."""
        url = self.endpoints()["router"] + path
        request = urllib.request.Request(url, headers={"x-functions-key": key})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""
        except (URLError, OSError):
            return None


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A local run that is down."""
    stack = Stack(tmp_path)
    yield stack
    stack.run("down")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A local run that is up, shared by the tests that leave it up."""
    stack = Stack(tmp_path_factory.mktemp("running"))
    stack.up()
    yield stack
    stack.run("down")


def test_up_starts_everything_and_writes_endpoints(running: Stack) -> None:
    stack, done = running, running.run("up")
    printed, endpoints = json.loads(done.stdout), stack.endpoints()

    assert endpoints.keys() >= {"router", "keys", "arm", "storage", "pids", "logs"}
    assert endpoints["keys"].keys() == {"client", "ops", "host"}
    assert endpoints["pids"].keys() == {"router", "arm", "azurite"}
    assert all(psutil.pid_exists(pid) for pid in endpoints["pids"].values())
    assert printed["router"] == endpoints["router"]
    assert not any(key in done.stdout + done.stderr for key in endpoints["keys"].values())
    assert stat.S_IMODE((stack.state / "endpoints.json").stat().st_mode) == 0o600


def test_keys_authorise_the_functions_they_are_named_for(running: Stack) -> None:
    keys = running.endpoints()["keys"]

    answers = {
        (path, name): running.ask(path, key)
        for path in ("/api/client", "/api/ops")
        for name, key in {**keys, "none": ""}.items()
    }
    assert {call: answer and answer[0] for call, answer in answers.items()} == {
        ("/api/client", "client"): 200,
        ("/api/client", "ops"): 401,
        ("/api/client", "host"): 200,
        ("/api/client", "none"): 401,
        ("/api/ops", "client"): 401,
        ("/api/ops", "ops"): 200,
        ("/api/ops", "host"): 200,
        ("/api/ops", "none"): 401,
    }


def test_router_gets_the_adapted_example_settings(running: Stack) -> None:
    endpoints = running.endpoints()

    printed = running.ask("/api/settings", endpoints["keys"]["client"])
    assert printed == (200, f"{endpoints['arm']} orders")


def test_second_up_changes_nothing(running: Stack) -> None:
    first = running.endpoints()
    again = running.run("up")

    assert again.returncode == 0
    assert "Already running" in again.stderr
    assert "started, pid" not in again.stderr
    assert running.endpoints() == first
    assert json.loads(running.run("status").stdout)["state"] == "up"


def test_down_stops_all_processes_and_keeps_state(stack: Stack) -> None:
    stack.up()
    before = stack.endpoints()
    done = stack.run("down")

    assert done.returncode == 0
    assert stack.processes() == []
    assert not (stack.state / "endpoints.json").exists()
    assert stack.run("status").returncode == 3
    stack.up()
    after = stack.endpoints()
    assert {**after, "pids": None} == {**before, "pids": None}


@pytest.mark.parametrize("name", ["router", "arm", "azurite"])
def test_killed_process_is_restarted(running: Stack, name: str) -> None:
    before = running.endpoints()["pids"]
    os.kill(before[name], signal.SIGKILL)

    wait_until(lambda: running.endpoints()["pids"][name] != before[name])
    assert running.ask("/api/health") == (200, '{"status":"ok"}')


def test_down_stops_processes_of_a_killed_supervisor(stack: Stack) -> None:
    stack.up()
    supervisor = json.loads(stack.run("status").stdout)["processes"]["supervisor"]
    os.kill(supervisor, signal.SIGKILL)

    wait_until(lambda: json.loads(stack.run("status").stdout)["state"] == "damaged")
    assert stack.run("down").returncode == 0
    assert stack.processes() == []


def test_up_after_killing_everything_keeps_state(stack: Stack) -> None:
    stack.up()
    keys = stack.endpoints()["keys"]
    for pid in stack.processes():
        os.kill(pid, signal.SIGKILL)
    done = stack.run("up")

    assert done.returncode == 0, done.stderr
    assert stack.endpoints()["keys"] == keys
    assert stack.ask("/api/client", keys["client"]) == (200, "client")


def test_up_fails_with_the_reason_of_a_broken_app(stack: Stack) -> None:
    (stack.app / "function_app.py").write_text("import no_such_module")
    done = stack.run("up")

    assert done.returncode == 1
    assert "The router did not start: " in done.stderr
    assert "no_such_module" in done.stderr
    assert str(stack.state / "logs") in done.stderr
    assert stack.processes() == []


def test_interrupted_up_leaves_no_process(stack: Stack) -> None:
    line = [sys.executable, "-m", "emulator", "up", "--state", str(stack.state)]
    with subprocess.Popen([*line, "--app", str(stack.app)], stderr=subprocess.PIPE) as up:
        wait_until(lambda: len(stack.processes()) > 1)
        while (
            up.poll() is None and stack.processes()
        ):  # whoever is impatient does it more than once
            up.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert up.stderr is not None
        output = up.stderr.read().decode()

    assert up.returncode == 130
    assert output.endswith("Interrupted\n")
    assert "Traceback" not in output
    assert stack.processes() == []


def test_up_fails_at_once_for_invalid_settings(stack: Stack) -> None:
    problem = {"code": "settings-invalid", "detail": "ROUTER_MAX_LINES: must be a number"}
    healthy = """func.HttpResponse('{"status":"ok"}')"""
    invalid = f"func.HttpResponse({json.dumps(problem)!r}, status_code=500)"
    (stack.app / "function_app.py").write_text(APP.replace(healthy, invalid))
    done = stack.run("up")

    assert done.returncode == 1
    assert f"The router did not start: {problem['detail']}" in done.stderr
    assert stack.processes() == []


def test_clean_removes_stored_data(stack: Stack) -> None:
    stack.up()
    assert stack.run("clean").returncode == 0
    assert not stack.state.exists()
    assert stack.processes() == []
