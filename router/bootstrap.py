"""The composition root, which alone reads the environment and chooses adapters.

Adapters are created when the first function needs them, on its event loop.
"""

import logging
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import cache, partial

from azure.durable_functions import DurableOrchestrationClient

from router.azure.app_http import HttpUpstream
from router.azure.arm.platform import READ_TIMEOUT, ArmPlatform
from router.azure.identity import identity
from router.azure.orchestrations import HubCalls, HubOrchestrations
from router.azure.storage.account import ClientOptions, Storage
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.hub.tracking import TableTracking
from router.azure.storage.packages import BlobPackages
from router.azure.storage.parked_inputs import BlobParkedInputs
from router.context import Bind, Context, Ports, assemble
from router.domain import resource_names
from router.ports import Clock, Monotonic
from router.recovery.lost import check_not_lost
from router.settings import Settings

_SITE = "WEBSITE_SITE_NAME"  # set by Azure: the function app's name, the same in all its slots
_log = logging.getLogger("router.settings")


def context(client: DurableOrchestrationClient) -> Context:
    """Return the process's context, bound to the Durable client of the running function.

    Raises SettingsInvalid if the environment has no valid settings.
    """
    return _bind()(HubOrchestrations(client, settings().app_name, _hub_calls()))


async def own_context(client: DurableOrchestrationClient) -> Context:
    """Return the context for work that must not be done with another router's hub or catalog.

    Raises SettingsInvalid, and Unavailable if either is another router's.
    """
    bound = context(client)
    await bound.ownership.check(bound.orchestrations)
    return bound


@cache
def settings() -> Settings:
    """Return the process's settings. Raises SettingsInvalid."""
    found = Settings.from_environ(os.environ)
    for warning in found.warnings:
        _log.warning("%s", warning)
    return found


@cache
def _hub_calls() -> HubCalls:
    return HubCalls()


@cache
def _bind() -> Bind:
    return bind(Adapters(settings()), utc_now, site=os.environ.get(_SITE, "local"))


def bind(
    adapters: "Adapters", now: Clock, monotonic: Monotonic = time.monotonic, *, site: str = "local"
) -> Bind:
    """Return a function that binds a context over these adapters to one function call."""
    ports = adapters.ports
    check = partial(check_not_lost, ports.packages, ports.platform)
    return assemble(adapters.settings, ports, now, monotonic, check, site)


class Adapters:
    """The Azure adapters for one set of settings. Connections are opened when needed."""

    def __init__(
        self,
        settings: Settings,
        reach: Callable[[str], str] = str,
        *,
        storage_options: ClientOptions | None = None,
        arm_timeout: float = READ_TIMEOUT,
    ) -> None:
        """`reach` returns the account or connection string by which to reach a storage account."""
        self.settings = settings
        self._reach = reach
        self._storage_options = storage_options
        self._credential = cache(partial(identity, settings.cloud))
        self._storages: dict[str, Storage] = {}
        own, lines = self._storage(settings.storage), self._storage(settings.line_storage)
        tracking = self._storage(settings.tracking_storage)
        self._platform = ArmPlatform(settings, lines, self._credential(), read_timeout=arm_timeout)
        self._upstream = HttpUpstream(settings.forward_seconds)
        self.ports = Ports(
            catalog=TableCatalog(own, resource_names.catalog_table(settings.app_name)),
            packages=BlobPackages(own, settings.app_name),
            parked_inputs=BlobParkedInputs(own, settings.app_name),
            platform=self._platform,
            upstream=self._upstream,
            hub=partial(StorageHub, lines, tracking),
            tracking=partial(TableTracking, tracking),
        )

    async def close(self) -> None:
        """Close all open connections."""
        async with AsyncExitStack() as stack:
            for opened in (self._credential(), self._platform, self._upstream):
                stack.push_async_callback(opened.close)
            for storage in self._storages.values():
                stack.push_async_callback(storage.close)

    def _storage(self, account: str) -> Storage:
        if account not in self._storages:
            self._storages[account] = Storage(
                self._reach(account), self._credential, self._storage_options, self.settings.cloud
            )
        return self._storages[account]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
