"""What the router's functions work with: its settings, its ports, and what is built on these.

Knows neither how the parts are made (the wiring's) nor who uses them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from router.forwarding import Forwarding
from router.keys import KeyRing
from router.links import Links
from router.operations import Operations
from router.ports import Catalog, Clock, Hub, Packages, Platform, Tracking, Upstream
from router.settings import Settings
from router.snapshots import Snapshots
from router.turns import Turns


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
