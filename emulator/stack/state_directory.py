"""The layout of a state directory: the paths under which a local run stores its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """The paths of one local run, beneath `root`."""

    root: Path

    @property
    def logs(self) -> Path:
        """The directory of the logs, one file per process."""
        return self.root / "logs"

    @property
    def azurite(self) -> Path:
        """The data of Azurite."""
        return self.root / "azurite"

    @property
    def arm(self) -> Path:
        """The state of the control plane and the packages of its sites."""
        return self.root / "arm"

    @property
    def ports(self) -> Path:
        """The file of the chosen ports."""
        return self.root / "ports.json"

    @property
    def keys(self) -> Path:
        """The file of the generated keys and signing secret."""
        return self.root / "keys.json"

    @property
    def endpoints(self) -> Path:
        """The file of addresses and keys for callers, which exists only while everything is up."""
        return self.root / "endpoints.json"
