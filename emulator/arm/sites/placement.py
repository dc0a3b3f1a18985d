"""The placement of a site: its port, its package and the operation that creates it.

It is stored beside the site's own document, because the control plane does not show it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.arm.backend.store import Store


@dataclass(frozen=True, slots=True)
class Placement:
    """The placement of a site, whose `port` never changes.

    `package` is the active deployment, None before the first one. `revision` counts the starts, so
    that an outdated process is recognised.
    """

    port: int
    operation: str | None
    package: str | None = None
    revision: int = 0


def read(store: Store, site_id: str) -> Placement:
    """Return the placement of an existing site."""
    document = store.get(f"{site_id}/placement")
    if document is None:
        raise LookupError(f"no placement of {site_id}")
    return Placement(**document)


def write(store: Store, site_id: str, placement: Placement) -> None:
    """Store a placement."""
    store.put(f"{site_id}/placement", asdict(placement))


def directory(packages: Path, site: str, deployment: str) -> Path:
    """Return the directory into which a deployment's package is unpacked."""
    return packages / site.lower() / deployment
