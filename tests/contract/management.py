"""Azure's management clients of the tests themselves, beside the router's adapter."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.web import models
from azure.mgmt.web.aio import WebSiteManagementClient

from router.azure.arm.errors import none_if_missing
from router.azure.arm.platform import LoopbackHttp
from router.azure.identity import identity
from router.settings import Settings


class Management:
    """Reads and changes the resources of one resource group."""

    def __init__(
        self, group: str, web: WebSiteManagementClient, resources: ResourceManagementClient
    ) -> None:
        self.group = group
        self.web = web
        self._resources = resources

    async def create_group(self, location: str) -> None:
        groups = self._resources.resource_groups
        await groups.create_or_update(self.group, {"location": location})

    async def plan(self, name: str) -> models.AppServicePlan | None:
        return await none_if_missing(self.web.app_service_plans.get(self.group, name))

    async def site(self, name: str) -> models.Site | None:
        return await none_if_missing(self.web.web_apps.get(self.group, name))

    async def app_settings(self, app: str) -> dict[str, str]:
        found = await self.web.web_apps.list_application_settings(self.group, app)
        return dict(found.properties or {})

    async def add(self, app: str, settings: dict[str, str], tags: dict[str, str]) -> None:
        """Add settings and tags to an app, as a team or a policy does."""
        merged = await self.app_settings(app) | settings
        body = models.StringDictionary(properties=merged)
        await self.web.web_apps.update_application_settings(self.group, app, body)
        site = await self.web.web_apps.get(self.group, app)
        patch = {"operation": "Merge", "properties": {"tags": tags}}
        scope = str(site.id).lstrip("/")
        await self._resources.tags.begin_update_at_scope(scope, patch, polling=False)

    async def stop(self, app: str) -> None:
        await self.web.web_apps.stop(self.group, app)

    async def delete_app(self, app: str) -> None:
        await self.web.web_apps.delete(self.group, app, delete_empty_server_farm=False)


@contextlib.asynccontextmanager
async def management(settings: Settings) -> AsyncIterator[Management]:
    """Open clients for the settings' resource group. They get their token from the environment."""
    account: dict[str, Any] = {
        "subscription_id": settings.subscription_id,
        "base_url": settings.arm_url,
        "per_call_policies": [LoopbackHttp()],
    }
    async with (
        identity() as credential,
        WebSiteManagementClient(credential, **account) as web,
        ResourceManagementClient(credential, **account) as resources,
    ):
        yield Management(settings.resource_group, web, resources)
