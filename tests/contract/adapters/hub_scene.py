"""Hubs as they were recorded, loaded into Azurite: what the tests of hubs have in common."""

from collections.abc import Callable

from router.adapters.hub import StorageHub
from router.adapters.storage import Storage

Opened = Callable[[str], Storage]


def shared_hub(lines: Storage, tracking: Storage) -> StorageHub:
    return StorageHub(lines, tracking, "Shared")
