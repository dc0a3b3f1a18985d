"""Where the local run keeps what it keeps: paths under its state directory, and files in them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one local run; `root` is its state directory."""

    root: Path

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.root / "logs"

    @property
    def azurite(self) -> Path:
        """What Azurite stores."""
        return self.root / "azurite"

    @property
    def arm(self) -> Path:
        """What the control plane remembers, and the packages that its sites run."""
        return self.root / "arm"

    @property
    def ports(self) -> Path:
        """The ports that were chosen."""
        return self.root / "ports.json"

    @property
    def keys(self) -> Path:
        """The keys and the signing secret that were made."""
        return self.root / "keys.json"

    @property
    def endpoints(self) -> Path:
        """What a caller needs; there only while all is up."""
        return self.root / "endpoints.json"


def write_json(path: Path, content: Any) -> None:
    """Replace a file at once, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)


def read_json(path: Path) -> Any:
    """The content of a file; None if it is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
