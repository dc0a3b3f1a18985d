"""The router's ports: protocols of everything outside the process, and the values they exchange.

Every method is safe to repeat, because a step that crashed runs again.
"""

from router.ports.catalog import Catalog, ClaimPage
from router.ports.clock import Clock, Monotonic
from router.ports.hub import Hub, Listing, Purged
from router.ports.orchestrations import Orchestrations
from router.ports.packages import Packages
from router.ports.parked_inputs import Kept, KeptInput, ParkedInputs
from router.ports.platform import AppInfo, AppKeys, AppSpec, Deletion, Deployment, Platform
from router.ports.tracking import StatusQuery, Tracking
from router.ports.upstream import Answer, Route, Upstream

__all__ = [
    "Answer",
    "AppInfo",
    "AppKeys",
    "AppSpec",
    "Catalog",
    "ClaimPage",
    "Clock",
    "Deletion",
    "Deployment",
    "Hub",
    "Kept",
    "KeptInput",
    "Listing",
    "Monotonic",
    "Orchestrations",
    "Packages",
    "ParkedInputs",
    "Platform",
    "Purged",
    "Route",
    "StatusQuery",
    "Tracking",
    "Upstream",
]
