"""Accounts as the real engine left them, loaded into accounts of an Azurite."""

import json
from collections.abc import Callable
from pathlib import Path

from harness.azurite import Azurite
from harness.storage_dump import load
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub import StorageHub

RECORDINGS = Path(__file__).parents[3] / "harness/recordings"
Open = Callable[[str], Storage]


async def loaded(azurite: Azurite, step: str, *, history: bool = False) -> dict[str, str]:
    """Load one step, such as "04", and return the connection strings by the accounts' names."""
    [recorded] = RECORDINGS.glob(f"{step}-*.json")
    accounts = json.loads(recorded.read_text())
    accounts.pop("line11", None)  # the other line's queues, which no test reads
    connections = {name: azurite.account() for name in accounts}
    for name, account in accounts.items():
        if not history:
            account["tables"] = {
                table: [] if table.endswith("History") else rows
                for table, rows in account["tables"].items()
            }
        await load(connections[name], account)
    return connections


def shared_hub(lines: Storage, tracking: Storage) -> StorageHub:
    """Return the adapter for the hubs of the recordings with two lines."""
    return StorageHub(lines, tracking, "Shared")
