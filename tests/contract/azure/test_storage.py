"""A storage account is opened by connection string, or by name and identity."""

import pytest

from harness.azurite import Azurite
from router.azure.identity import identity
from router.azure.storage.account import Storage
from router.domain.cloud import Cloud


async def test_account_by_name_is_opened_with_the_identity() -> None:
    credential = identity()
    storage = Storage("ordersstore", lambda: credential)
    assert storage.tables.url == "https://ordersstore.table.core.windows.net"
    assert storage.queues.url == "https://ordersstore.queue.core.windows.net/"
    assert storage.blobs.url == "https://ordersstore.blob.core.windows.net/"
    assert storage.tables.credential is credential
    assert storage.blobs.credential is credential
    await storage.close()
    await credential.close()


async def test_account_by_name_is_in_the_cloud_of_the_settings() -> None:
    credential = identity(Cloud.CHINA)
    storage = Storage("ordersstore", lambda: credential, cloud=Cloud.CHINA)
    assert storage.blobs.url == "https://ordersstore.blob.core.chinacloudapi.cn/"
    await storage.close()
    await credential.close()


async def test_account_by_name_needs_an_identity() -> None:
    with pytest.raises(ValueError, match="needs an identity"):
        _ = Storage("ordersstore").blobs


async def test_clients_are_opened_once_and_repr_hides_the_key(azurite: Azurite) -> None:
    storage = Storage(azurite.account())
    assert storage.tables is storage.tables
    assert repr(storage) == "Storage(***)"
    await storage.close()
