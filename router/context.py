"""The context that the router's functions work in: its settings, its ports and what wraps them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.apps.forwarding import Forwarding
from router.apps.keys import KeyRing
from router.apps.limits import Limits
from router.apps.parking_room import ParkingRoom
from router.apps.stores import Stores
from router.links.links import Links
from router.ownership import Ownership, mark_of
from router.ports import (
    Catalog,
    Clock,
    Hub,
    Monotonic,
    Orchestrations,
    Packages,
    ParkedInputs,
    Platform,
    Tracking,
    Upstream,
)
from router.routing.cache import SnapshotCache
from router.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """One per process, except for `orchestrations`, which is bound to the running function."""

    settings: Settings
    ownership: Ownership
    now: Clock
    monotonic: Monotonic
    catalog: Catalog
    packages: Packages
    platform: Platform
    stores: Stores
    keys: KeyRing
    links: Links
    snapshots: SnapshotCache
    apps: AppClient
    forwarding: Forwarding
    limits: Limits
    parked_inputs: ParkedInputs
    parking_room: ParkingRoom
    orchestrations: Orchestrations


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside the process that a context needs, except for the orchestrations.

    `hub` and `tracking` take the prefix of a store's tables.
    """

    catalog: Catalog
    packages: Packages
    parked_inputs: ParkedInputs
    platform: Platform
    upstream: Upstream
    hub: Callable[[str], Hub]
    tracking: Callable[[str], Tracking]


Bind = Callable[[Orchestrations], Context]
"""Return the process's context, bound to the orchestrations of one function call."""


def assemble(
    settings: Settings,
    ports: Ports,
    now: Clock,
    monotonic: Monotonic,
    check_empty_catalog: Callable[[], Awaitable[None]] | None = None,
    site: str = "",
) -> Bind:
    """Build what all function calls of a process share, and return how to bind it to one call.

    `check_empty_catalog` raises Unavailable when a catalog without lines was lost. `site` is the
    function app that the router runs in.
    """
    keys = KeyRing(ports.platform, monotonic)
    apps = AppClient(ports.upstream, keys, settings, monotonic)
    marks = DrainMarks(ports.catalog, settings.margin_seconds, now)
    ttl = settings.snapshot_seconds
    stores = Stores(ports.hub, ports.tracking, settings)
    forwarding = Forwarding(apps, stores, marks, settings.forward_seconds, monotonic)
    parked, limits = ports.parked_inputs, (settings.max_parked, settings.max_parked_per_line)
    shared = partial(
        Context,
        settings=settings,
        ownership=Ownership(ports.catalog, mark_of(settings.app_name, site), monotonic),
        now=now,
        monotonic=monotonic,
        catalog=ports.catalog,
        packages=ports.packages,
        platform=ports.platform,
        stores=stores,
        keys=keys,
        links=Links(settings.link_secrets, settings.link_valid_seconds, now),
        snapshots=SnapshotCache(ports.catalog, ttl, now, monotonic, check_empty_catalog),
        apps=apps,
        forwarding=forwarding,
        limits=Limits(monotonic),
        parked_inputs=parked,
        parking_room=ParkingRoom(parked, *limits, monotonic),
    )
    return lambda orchestrations: shared(orchestrations=orchestrations)
