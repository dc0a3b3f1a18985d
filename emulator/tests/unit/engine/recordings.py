"""The recorded storage accounts of the real engine."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
SCENARIO = ROOT / "harness/recordings"
RECORDINGS = (
    *sorted(SCENARIO.glob("*.json")),
    ROOT / "emulator/tests/conformance/storage.json",
)


def accounts(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the accounts of one recording."""
    yield from json.loads(path.read_text()).values()
