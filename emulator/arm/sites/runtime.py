"""The process of a site, replaced whenever its package or settings change.

Every change increments the revision before it replaces the process, so that a control plane which
is killed in between can recognise an outdated process.
"""

import contextlib
from dataclasses import replace

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.requests.call import ANYWHERE
from emulator.arm.sites import placement
from emulator.arm.sites.plans import is_flex
from emulator.processes.host_process import Site
from emulator.processes.ports import NoPortError


def settings(cloud: Cloud, site: Document) -> dict[str, str]:
    """Return the app settings of a site."""
    return cloud.store.get(f"{site['id']}/config/appsettings") or {}


def write_settings(cloud: Cloud, site: Document, new: dict[str, str]) -> None:
    """Replace the app settings of a site and restart it if they changed."""
    if settings(cloud, site) == new:
        return
    cloud.store.put(f"{site['id']}/config/appsettings", new)
    restart(cloud, site)


def restart(cloud: Cloud, site: Document) -> None:
    """Restart a site in the background, if it has been placed."""
    if cloud.store.get(f"{site['id']}/placement") is not None:
        cloud.background(run(cloud, site))


async def run(cloud: Cloud, site: Document, package: str | None = None) -> None:
    """Run a site, with a new package if one is given, and wait for the old process to end."""
    placed = placement.read(cloud.store, site["id"])
    placed = replace(placed, revision=placed.revision + 1, package=package or placed.package)
    placement.write(cloud.store, site["id"], placed)
    if (wanted := desired_process(cloud, site)) is not None:
        await cloud.hosting.run(wanted)


async def start(cloud: Cloud, site: Document) -> None:
    """Run a site that was stopped, or refuse connections if it has no package."""
    if desired_process(cloud, site) is None:
        await cloud.hosting.empty(site["name"])
    await run(cloud, site)


async def stop(cloud: Cloud, site: Document) -> None:
    """Stop the process of a site."""
    await cloud.hosting.pause(site["name"], placement.read(cloud.store, site["id"]).port)


async def resume(cloud: Cloud) -> None:
    """Reconcile the running processes with the stored sites after a start of the control plane."""
    sites = cloud.store.matching(f"{ANYWHERE}/sites/*")
    await cloud.hosting.resume([s for s in (desired_process(cloud, site) for site in sites) if s])
    for site in sites:
        if not site["enabled"]:
            with contextlib.suppress(NoPortError):  # a stopped site without its port is no loss
                await stop(cloud, site)


def desired_process(cloud: Cloud, site: Document) -> Site | None:
    """Return the process that a site should run, or None if it is stopped or has no package."""
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
        idle_seconds=cloud.idle_seconds if _scales_to_zero(cloud, site) else None,
    )


def _scales_to_zero(cloud: Cloud, site: Document) -> bool:
    """Return whether a site is on Flex Consumption, without instances that are always ready."""
    plan = cloud.store.get(site["properties"]["serverFarmId"])
    config = site["properties"].get("functionAppConfig") or {}
    ready = (config.get("scaleAndConcurrency") or {}).get("alwaysReady") or []
    return plan is not None and is_flex(plan) and not any(each["instanceCount"] for each in ready)
