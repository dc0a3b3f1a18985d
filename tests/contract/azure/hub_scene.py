"""Hubs as they were recorded, loaded into Azurite: what the tests of hubs have in common."""

from collections.abc import Callable

from router.azure.storage.account import Storage
from router.azure.storage.hub import StorageHub

Opened = Callable[[str], Storage]


def shared_hub(lines: Storage, tracking: Storage) -> StorageHub:
    return StorageHub(lines, tracking, "Shared")
