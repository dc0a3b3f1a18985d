"""A control plane on loopback with real storage beside it, and the real clients of Azure."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.identity import ManagedIdentityCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.web import WebSiteManagementClient
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from emulator import azurite
from emulator.process import find

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = "rg-lines"
LOCATION = "westeurope"


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Return once a condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about in time"
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def fetch(url: str) -> str | None:
    """The body of a GET; None when it is refused or is an error."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    except (URLError, OSError):
        return None


class LoopbackHttp(SansIOHTTPPolicy):
    """Lets the clients send their token without TLS; the address is loopback."""

    def on_request(self, request) -> None:
        request.context.options.setdefault("enforce_https", False)


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running Azurite."""
    data = tmp_path_factory.mktemp("azurite")
    ports = azurite.AzuritePorts(*free_ports(3))
    command = azurite.command(data, data, ports, data / "log")
    with subprocess.Popen(command.arguments, cwd=data) as process:
        wait_until(lambda: all(accepts(p) for p in (ports.blob, ports.queue, ports.table)))
        yield azurite.connection_string(ports)
        process.terminate()


@dataclass
class Arm:
    """A control plane process that can be stopped, killed and started again."""

    state: Path
    storage: str
    port: int
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen | None = None
    clients: list = field(default_factory=list)

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
        self.process.send_signal(number)
        self.process.wait(30)

    def credential(self) -> ManagedIdentityCredential:
        secrets = self.state / "identity.json"
        os.environ["IDENTITY_ENDPOINT"] = f"{self.url}/msi/token"
        os.environ["IDENTITY_HEADER"] = eval(secrets.read_text())["header"]
        return self._kept(ManagedIdentityCredential())

    def web(self, **options) -> WebSiteManagementClient:
        return self._kept(WebSiteManagementClient(**self._client(options)))

    def resources(self) -> ResourceManagementClient:
        return self._kept(ResourceManagementClient(**self._client({})))

    def _client(self, options: dict) -> dict:
        return {
            "credential": self.credential(),
            "subscription_id": SUBSCRIPTION,
            "base_url": self.url,
            "per_call_policies": [LoopbackHttp()],
            "polling_interval": 1,
            **options,
        }

    def _kept(self, client):
        self.clients.append(client)
        return client

    def log(self) -> str:
        return (self.state / "arm.log").read_text()

    def hosts(self) -> list[psutil.Process]:
        return [psutil.Process(process.pid) for process in find(self.state)]


@pytest.fixture
def arm(tmp_path: Path, storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arm]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "")
    monkeypatch.setenv("IDENTITY_HEADER", "")
    arm = Arm(tmp_path, storage, free_ports(1)[0])
    arm.start()
    yield arm
    for client in arm.clients:
        client.close()
    if arm.process.poll() is None:
        arm.stop()
    for process in arm.hosts():
        process.kill()


@pytest.fixture
def group(arm: Arm) -> str:
    arm.resources().resource_groups.create_or_update(GROUP, {"location": LOCATION})
    return GROUP


def app_package(release: str, **files: str) -> bytes:
    """A tiny function app that says which release it is, and its process id."""
    code = f"""
import os
import azure.functions as func

app = func.FunctionApp()

@app.route(route="release", auth_level=func.AuthLevel.ANONYMOUS)
def release(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("{release} " + os.environ.get("GREETING", ""))

@app.route(route="pid", auth_level=func.AuthLevel.ANONYMOUS)
def pid(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(os.getpid()))
"""
    content = {"host.json": '{"version": "2.0"}', "function_app.py": code, **files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def upload(storage: str) -> Iterator[Callable[[bytes], str]]:
    """Uploads a package and gives a URL with a signature good for reading it."""
    service = BlobServiceClient.from_connection_string(storage)
    container = service.create_container(f"packages-{uuid.uuid4()}")

    def put(package: bytes) -> str:
        name = f"{uuid.uuid4()}.zip"
        blob = container.upload_blob(name, package)
        sas = generate_blob_sas(
            service.account_name,
            container.container_name,
            name,
            account_key=azurite.KEY,
            permission=BlobSasPermissions(read=True),
            expiry="2100-01-01T00:00:00Z",
        )
        return f"{blob.url}?{sas}"

    yield put
    service.close()
