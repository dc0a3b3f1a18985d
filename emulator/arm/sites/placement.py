"""Where the emulator runs a site: its port, package and the operation that creates it.

Kept beside the site's own document, because none of it is seen through the control plane.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.arm.backend.store import Store


@dataclass(frozen=True, slots=True)
class Placement:
    """`port` is the site's for life. `package` names the deployment in place, None before the
    first. `revision` counts what was set running, so that an older process is known as such."""

    port: int
    operation: str | None
    package: str | None = None
    revision: int = 0


def read(store: Store, site_id: str) -> Placement:
    """The placement of a site that exists."""
    document = store.get(f"{site_id}/placement")
    if document is None:
        raise LookupError(f"no placement of {site_id}")
    return Placement(**document)


def write(store: Store, site_id: str, placement: Placement) -> None:
    """Keep a placement."""
    store.put(f"{site_id}/placement", asdict(placement))


def directory(packages: Path, site: str, deployment: str) -> Path:
    """Where a deployment's package is unpacked."""
    return packages / site.lower() / deployment
