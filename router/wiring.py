"""Puts the parts together: the only place that reads the environment and picks adapters.

They are made when the first function needs them, on the loop that it runs on.
"""

import os
import time
from datetime import UTC, datetime
from functools import cache, partial

from router import loss
from router.adapters.arm import ArmPlatform
from router.adapters.catalog import TableCatalog, table_name
from router.adapters.hub import StorageHub
from router.adapters.identity import identity
from router.adapters.packages import BlobPackages
from router.adapters.storage import Storage
from router.adapters.tracking import TableTracking
from router.adapters.upstream import HttpUpstream
from router.forwarding import Forwarding
from router.keys import KeyRing
from router.links import Links
from router.operations import Operations
from router.services import Services
from router.settings import Settings
from router.snapshots import Snapshots
from router.start_notes import StartNotes
from router.turns import Turns


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
    must_be_new = partial(loss.must_be_new, packages, platform)
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
