"""A control plane process that tests can start, stop and kill, with its clients."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.error import URLError

import psutil
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.identity import ManagedIdentityCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.web import WebSiteManagementClient

from emulator.processes.process import find
from emulator.tests.contract.arm.azure_resources import SUBSCRIPTION


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a condition holds, and fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about in time"
        time.sleep(0.05)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def fetch(url: str) -> str | None:
    """Return the body of a GET, or None if it fails."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return str(answer.read(), "utf-8")
    except (URLError, OSError):
        return None


class LoopbackHttp(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Lets the clients send their token without TLS, because the address is loopback."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.context.options.setdefault("enforce_https", False)


class Closable(Protocol):
    """A client of the SDK."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


@dataclass
class Arm:
    """A control plane process that can be stopped, killed and started again."""

    state: Path
    storage: str
    port: int
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    clients: list[Closable] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> None:
        places = ("--port", str(self.port), "--state", str(self.state), "--storage", self.storage)
        command = [sys.executable, "-m", "emulator.arm", *places, "--latency", "0", *arguments]
        with (self.state / "arm.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: accepts(self.port))

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None, "never started"
        self.process.send_signal(number)
        self.process.wait(30)

    def credential(self) -> ManagedIdentityCredential:
        secrets = self.state / "identity.json"
        os.environ["IDENTITY_ENDPOINT"] = f"{self.url}/msi/token"
        os.environ["IDENTITY_HEADER"] = json.loads(secrets.read_text())["header"]
        return self._kept(ManagedIdentityCredential())

    def web(self, **options: Any) -> WebSiteManagementClient:
        return self._kept(WebSiteManagementClient(**self._client(options)))

    def resources(self) -> ResourceManagementClient:
        return self._kept(ResourceManagementClient(**self._client({})))

    def _client(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "credential": self.credential(),
            "subscription_id": SUBSCRIPTION,
            "base_url": self.url,
            "per_call_policies": [LoopbackHttp()],
            "polling_interval": 1,
            **options,
        }

    def _kept(self, client: C) -> C:
        self.clients.append(client)
        return client

    def log(self) -> str:
        return (self.state / "arm.log").read_text()

    def hosts(self) -> list[psutil.Process]:
        found = find(self.state)
        return [psutil.Process(each.pid) for each in found if each.role.startswith("host:")]
