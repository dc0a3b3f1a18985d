"""What the router's functions work with: its settings, its ports, and what is built on these.

Knows neither how the parts are made (the wiring's) nor who uses them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from router.apps.forwarding import Forwarding
from router.apps.keys import KeyRing
from router.apps.limits import Turns
from router.links.links import Links
from router.operations.begin import Operations
from router.ports import Catalog, Clock, Hub, Packages, Platform, Tracking, Upstream
from router.routing.cache import Snapshots
from router.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """One set per process."""

    settings: Settings
    now: Clock
    ticks: Callable[[], float]  # monotonic seconds
    catalog: Catalog
    packages: Packages
    platform: Platform
    upstream: Upstream
    hub: Hub
    tracking: Tracking
    keys: KeyRing
    links: Links
    snapshots: Snapshots
    forwarding: Forwarding
    operations: Operations
    turns: Turns
