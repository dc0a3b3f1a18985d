"""A control plane on loopback, with real storage beside it."""

import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from emulator.stack import azurite
from emulator.tests.contract.arm.arm_process import Arm, accepts, wait_until
from emulator.tests.contract.arm.azure_resources import GROUP, LOCATION
from harness.free_ports import free_port, free_ports


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


@pytest.fixture
def arm(tmp_path: Path, storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arm]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "")
    monkeypatch.setenv("IDENTITY_HEADER", "")
    arm = Arm(tmp_path, storage, free_port())
    arm.start()
    yield arm
    for client in arm.clients:
        client.close()
    if arm.process is not None and arm.process.poll() is None:
        arm.stop()
    for process in arm.hosts():
        process.kill()


@pytest.fixture
def group(arm: Arm) -> str:
    arm.resources().resource_groups.create_or_update(GROUP, {"location": LOCATION})
    return GROUP


@pytest.fixture
def upload(storage: str) -> Iterator[Callable[[bytes], str]]:
    """Uploads a package and gives a URL with a signature good for reading it."""
    service = BlobServiceClient.from_connection_string(storage)
    container = service.create_container(f"packages-{uuid.uuid4()}")

    def put(package: bytes) -> str:
        name = f"{uuid.uuid4()}.zip"
        blob = container.upload_blob(name, package)
        sas = generate_blob_sas(
            azurite.ACCOUNT,
            container.container_name,
            name,
            account_key=azurite.KEY,
            permission=BlobSasPermissions(read=True),
            expiry="2100-01-01T00:00:00Z",
        )
        return f"{blob.url}?{sas}"

    yield put
    service.close()
