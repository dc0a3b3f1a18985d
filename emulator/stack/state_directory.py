"""The layout of a state directory: the paths under which a local run stores its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StateDirectory:
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
