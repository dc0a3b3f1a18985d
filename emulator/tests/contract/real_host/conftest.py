"""Two hosts of the recorded app, with the keys that the recorded requests have."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from azure.storage.blob import BlobServiceClient

from emulator.tests.contract.host.host_process import HostProcess
from emulator.tests.contract.real_host.entries import APP
from harness.azurite import running_azurite

DURABLE = "AzureFunctionsJobHost__extensions__durableTask__"
SETTINGS = {
    "main": {},
    "base64": {
        DURABLE + "storageProvider__queueClientMessageEncoding": "Base64",
        DURABLE + "hubName": "RecBase64",
    },
}
KEYS = {
    "masterKey": {"name": "master", "value": "masterkey", "encrypted": False},
    "functionKeys": [{"name": "default", "value": "defaultkey", "encrypted": False}],
    "systemKeys": [{"name": "durabletask_extension", "value": "durablekey", "encrypted": False}],
}

Hosts = dict[str, HostProcess]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hosts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosts]:
    directory = tmp_path_factory.mktemp("real_host")
    async with running_azurite(directory) as azurite:
        made = {name: _host(name, azurite.account(), directory) for name in SETTINGS}
        try:
            for name, host in made.items():
                host.start(SETTINGS[name])
            for host in made.values():
                assert (await host.status())["state"] == "Running", host.log
            yield made
        finally:
            for host in made.values():
                host.stop()


def _host(name: str, storage: str, directory: Path) -> HostProcess:
    site = f"recorded{name}"
    with BlobServiceClient.from_connection_string(storage) as service:
        container = service.create_container("azure-webjobs-secrets")
        container.upload_blob(f"{site}/host.json", json.dumps(KEYS))
    return HostProcess(
        shutil.copytree(APP, directory / name), storage, site, directory / f"{name}.log"
    )
