"""The ports of the local run: the usual ones where they are free, kept from run to run."""

from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.azurite import AzuritePorts
from emulator.places import read_json, write_json
from emulator.ports import NoPortError, claim, port_of, reclaim

_USUAL = {"router": 7071, "arm": 8081, "blob": 10_000, "queue": 10_001, "table": 10_002}


@dataclass(frozen=True, slots=True)
class StackPorts:
    """One port per service of the local run."""

    router: int
    arm: int
    blob: int
    queue: int
    table: int

    @property
    def azurite(self) -> AzuritePorts:
        """Those of the storage."""
        return AzuritePorts(self.blob, self.queue, self.table)


def choose(file: Path) -> StackPorts:
    """The ports of this state directory, chosen on first use.

    Router and control plane move when someone else has taken their port. The storage cannot, as
    its address is in the settings of every app that was made: NoPortError says which port it is.
    """
    kept = read_json(file) or {}
    ports = StackPorts(**{name: _choose(name, kept.get(name)) for name in _USUAL})
    write_json(file, asdict(ports))
    return ports


def _choose(name: str, kept: int | None) -> int:
    if kept is not None:
        try:
            reclaim(kept).close()
            return kept
        except NoPortError:
            if name not in {"router", "arm"}:
                raise
    with claim(_USUAL[name]) as listener:
        return port_of(listener)
