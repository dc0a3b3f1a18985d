"""Puts the parts together: the only place that reads the environment and picks adapters.

They are made when the first function needs them, on the loop that it runs on.
"""

import os
import time
from datetime import UTC, datetime
from functools import cache, partial

from router.apps.drain_marks import StartNotes
from router.apps.forwarding import Forwarding
from router.apps.keys import KeyRing
from router.apps.limits import Turns
from router.azure.app_http import HttpUpstream
from router.azure.arm.platform import ArmPlatform
from router.azure.identity import identity
from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog, table_name
from router.azure.storage.hub import StorageHub
from router.azure.storage.packages import BlobPackages
from router.azure.storage.tracking import TableTracking
from router.context import Services
from router.links.links import Links
from router.operations.begin import Operations
from router.recovery import lost
from router.routing.cache import Snapshots
from router.settings import Settings


@cache
def services() -> Services:
    """The process's services, from its environment; SettingsInvalid tells what is wrong with it."""
    return build(Settings.from_environ(os.environ))


def build(settings: Settings) -> Services:
    """The services that these settings ask for; nothing is opened before it is needed."""
    credential = cache(identity)

    @cache
    def storage(account: str) -> Storage:
        return Storage(account, credential)

    catalog = TableCatalog(storage(settings.storage), table_name(settings.app_name))
    platform = ArmPlatform(settings, storage(settings.line_storage), credential())
    packages = BlobPackages(storage(settings.storage), settings.app_name)
    must_be_new = partial(lost.must_be_new, packages, platform)
    upstream = HttpUpstream(settings.forward_seconds)
    tracking = TableTracking(storage(settings.tracking_storage), settings.tracking_prefix)
    keys = KeyRing(platform)
    notes = StartNotes(catalog, settings.margin_seconds, utc_now)
    ticks = time.monotonic
    return Services(
        settings,
        utc_now,
        ticks,
        catalog,
        packages,
        platform,
        upstream,
        StorageHub(
            storage(settings.line_storage),
            storage(settings.tracking_storage),
            settings.tracking_prefix,
        ),
        tracking,
        keys,
        Links(settings.link_secrets, settings.link_valid_seconds, utc_now),
        Snapshots(catalog, settings.snapshot_seconds, utc_now, ticks, must_be_new),
        Forwarding(upstream, keys, tracking, notes, settings, ticks),
        Operations(catalog, utc_now),
        Turns(ticks),
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
