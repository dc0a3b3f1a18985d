"""The recorded accounts of the real engine, loaded into accounts of an Azurite."""

import json
from pathlib import Path

from harness.azurite import Azurite
from harness.storage_dump import load

RECORDINGS = Path(__file__).parents[3] / "harness/recordings"


async def loaded(azurite: Azurite, step: str, *, history: bool = False) -> dict[str, str]:
    """Connection strings by the recorded accounts' names, of one step such as "04"."""
    [recorded] = RECORDINGS.glob(f"{step}-*.json")
    accounts = json.loads(recorded.read_text())
    accounts.pop("line11", None)  # the other line's queues: another account, never asked
    connections = {name: azurite.account() for name in accounts}
    for name, account in accounts.items():
        if not history:
            account["tables"] = {
                table: [] if table.endswith("History") else rows
                for table, rows in account["tables"].items()
            }
        await load(connections[name], account)
    return connections
