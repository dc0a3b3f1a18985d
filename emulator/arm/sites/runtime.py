"""What a site runs: its package and settings turned into a host process, again and again.

Every change counts a revision up first and swaps the process after, so that a control plane that
was killed in between knows which process is out of date.
"""

from dataclasses import replace

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.requests.call import ANYWHERE
from emulator.arm.sites import placement
from emulator.processes.host_process import Site


def settings(cloud: Cloud, site: Document) -> dict[str, str]:
    """A site's app settings."""
    return cloud.store.get(f"{site['id']}/config/appsettings") or {}


def write_settings(cloud: Cloud, site: Document, new: dict[str, str]) -> None:
    """Replace a site's app settings; what runs is restarted with them."""
    if settings(cloud, site) == new:
        return
    cloud.store.put(f"{site['id']}/config/appsettings", new)
    restart(cloud, site)


def restart(cloud: Cloud, site: Document) -> None:
    """Begin to run a site anew, if it runs."""
    if cloud.store.get(f"{site['id']}/placement") is not None:
        cloud.background(run(cloud, site))


async def run(cloud: Cloud, site: Document, package: str | None = None) -> None:
    """Run a site, with another package if one is named; returns once the old process has gone."""
    placed = placement.read(cloud.store, site["id"])
    placed = replace(placed, revision=placed.revision + 1, package=package or placed.package)
    placement.write(cloud.store, site["id"], placed)
    if (running := to_run(cloud, site)) is not None:
        await cloud.hosting.run(running)


async def resume(cloud: Cloud) -> None:
    """After a start of the control plane: run what should run, end what should not."""
    sites = cloud.store.matching(f"{ANYWHERE}/sites/*")
    await cloud.hosting.resume([s for s in (to_run(cloud, site) for site in sites) if s])


def to_run(cloud: Cloud, site: Document) -> Site | None:
    """What a site should be running now; None if it is stopped or has no package."""
    placed = placement.read(cloud.store, site["id"])
    if placed.package is None or not site["enabled"]:
        return None
    runtime = (site["properties"].get("functionAppConfig") or {}).get("runtime") or {}
    return Site(
        name=site["name"],
        port=placed.port,
        revision=placed.revision,
        package=placement.directory(cloud.packages, site["name"], placed.package),
        settings={
            "FUNCTIONS_WORKER_RUNTIME": runtime.get("name", "python"),
            **settings(cloud, site),
        },
    )
