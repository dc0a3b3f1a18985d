"""Manage the lines' plans and function apps with Azure's management SDKs.

Each method sends one request, reads the resource afterwards instead of trusting a 200, and never
waits, so that a step can be repeated after a crash. Importing this module is expensive
(azure.mgmt.web takes a second and 100 MB).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from azure.core import AzureClouds
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.web import models
from azure.mgmt.web.aio import WebSiteManagementClient
from semver import Version

from router.apps.app_settings import merged
from router.azure.arm.app_settings import SiteSettings
from router.azure.arm.deployments import Deployments
from router.azure.arm.errors import map_errors, none_if_missing
from router.azure.arm.flex import Flex, app_body, plan_body
from router.azure.arm.power import RUNNING, Power
from router.azure.arm.responses import (
    DONE,
    SITES,
    app_info,
    is_created,
    is_failed,
    line_resource,
    provisioning_state,
)
from router.azure.storage.account import Storage, created_container
from router.azure.storage.packages import app_container
from router.domain.cloud import Cloud
from router.domain.errors import PlatformBusy, PlatformFailed
from router.domain.model import Resource
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, LINE_TAG, RELEASE_TAG, is_own
from router.domain.version import LineId, parse_line
from router.ports import AppInfo, AppKeys, AppSpec, Deletion, Deployment
from router.settings import Settings

_API = {"api-version": "2025-05-01"}
_DURABLE_KEY = "durabletask_extension"
_KEY_BYTES = 40
READ_TIMEOUT = 60.0  # seconds
_CLOUDS = {
    Cloud.PUBLIC: AzureClouds.AZURE_PUBLIC_CLOUD,
    Cloud.US_GOVERNMENT: AzureClouds.AZURE_US_GOVERNMENT,
    Cloud.CHINA: AzureClouds.AZURE_CHINA_CLOUD,
}


class LoopbackHttp(SansIOHTTPPolicy[Any, Any]):
    """Allows tokens over plain HTTP to this machine only."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        if urlsplit(request.http_request.url).hostname in {"127.0.0.1", "localhost", "::1"}:
            request.context.options.setdefault("enforce_https", False)


class ArmPlatform:
    """Implements router.ports.Platform. `line_storage` holds the package that each app runs."""

    def __init__(
        self,
        settings: Settings,
        line_storage: Storage,
        credential: AsyncTokenCredential,
        *,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        account: dict[str, Any] = {
            "credential": credential,
            "subscription_id": settings.subscription_id,
            "base_url": settings.arm_url or None,
            "cloud_setting": _CLOUDS[settings.cloud],
            "per_call_policies": [LoopbackHttp()],
            "connection_timeout": 5,
            "read_timeout": read_timeout,
            # The step is repeated instead, and reports what it is waiting for.
            "retry_total": 0,
        }
        self._web = WebSiteManagementClient(**account)
        self._resources = ResourceManagementClient(**account)
        self._group = settings.resource_group
        self._app_name = settings.app_name
        self._line_storage = line_storage
        self._scope = (
            f"/subscriptions/{settings.subscription_id}"
            f"/resourceGroups/{settings.resource_group}/providers/Microsoft.Web"
        )
        self._deployments = Deployments(self._web, self._group, self._scope)
        self._power = Power(self._web, self._group, self._app_name)
        self._settings = SiteSettings(self._web, self._group)
        self._flex = Flex(
            settings.location,
            settings.python_version,
            settings.memory_mb,
            settings.max_instances,
            settings.http_concurrency,
        )

    async def put_plan(self, spec: AppSpec) -> bool:
        with map_errors(f"create the plan {spec.plan}"):
            plan = await self._plan(spec.plan)
            if plan is not None and not _has_tags(plan, spec, APP_TAG, LINE_TAG):
                raise PlatformFailed(_not_ours(f"plan {spec.plan}"))
            if plan is None or is_failed(plan):
                body = plan_body(spec, self._flex)
                await self._web.app_service_plans.begin_create_or_update(
                    self._group, spec.plan, body, polling=False, cls=_ignore_response
                )
                plan = await self._plan(spec.plan)
        return plan is not None and is_created(plan, f"plan {spec.plan}")

    async def put_app(self, spec: AppSpec) -> AppInfo | None:
        with map_errors(f"create the function app {spec.name}"):
            site = await self._site(spec.name)
            failed_before = site is not None and is_failed(site)
            if site is None:
                await self._put_site(spec, new=True)
                site = await self._site(spec.name)
            elif (changed := await self._changed(site, spec)) is not None:
                await self._put_site(changed, new=False)
                site = await self._site(spec.name)
        if site is None or not is_created(site, f"function app {spec.name}"):
            if failed_before:
                raise PlatformBusy(
                    f"Azure failed to create the function app {spec.name}. It is created again."
                )
            return None
        found = app_info(site)
        if found.is_stopped:
            await self._power.start(spec.name, parse_line(spec.tags[LINE_TAG]))
        return found if found.state == RUNNING else None

    async def app(self, name: str) -> AppInfo | None:
        with map_errors(f"read the function app {name}"):
            site = await self._site(name)
        return app_info(site) if site is not None else None

    async def stop_app(self, name: str, line: LineId) -> bool:
        return await self._power.stop(name, line)

    async def start_app(self, name: str, line: LineId) -> bool:
        return await self._power.start(name, line)

    async def settings(self, name: str) -> Mapping[str, str] | None:
        return await self._settings.read(name)

    async def replace_settings(self, name: str, settings: Mapping[str, str]) -> None:
        await self._settings.replace(name, settings)

    async def tag_release(self, name: str, release: Version) -> None:
        body = {"operation": "Merge", "properties": {"tags": {RELEASE_TAG: str(release)}}}
        with map_errors(f"tag {name} with release {release}"):
            await self._resources.tags.begin_update_at_scope(
                f"{self._scope}/sites/{name}".lstrip("/"), body, polling=False, cls=_ignore_response
            )

    async def deploy(self, name: str, package_url: str) -> str:
        return await self._deployments.deploy(name, package_url)

    async def deployment(self, name: str, deployment_id: str) -> Deployment:
        return await self._deployments.progress(name, deployment_id)

    async def sync_triggers(self, name: str) -> None:
        with map_errors(f"sync the triggers of {name}", fresh=True):
            await self._web.web_apps.sync_function_triggers(self._group, name)

    async def app_keys(self, name: str) -> AppKeys:
        with map_errors(f"list the keys of {name}", fresh=True):
            keys = await self._web.web_apps.list_host_keys(self._group, name)
        if not keys.master_key:
            raise PlatformBusy(f"The host of {name} has no keys yet.")
        return AppKeys(keys.master_key, (keys.system_keys or {}).get(_DURABLE_KEY))

    async def set_durable_key(self, name: str) -> None:
        url = f"{self._scope}/sites/{name}/host/default/systemkeys/{_DURABLE_KEY}"
        key = {"name": _DURABLE_KEY, "value": token_urlsafe(_KEY_BYTES)}
        request = HttpRequest("PUT", url, params=_API, json={"properties": key})
        with map_errors(f"set the Durable key of {name}", fresh=True):
            (await self._web.send_request(request)).raise_for_status()

    async def delete_app(self, name: str, line: LineId) -> Deletion:
        with map_errors(f"delete the function app {name}"):
            site = await self._site(name)
            if site is not None and is_own(site.tags, self._app_name, line):
                await none_if_missing(
                    self._web.web_apps.delete(
                        self._group, name, delete_metrics=True, delete_empty_server_farm=False
                    )
                )
                site = await self._site(name)
        return self._deletion(site, line)

    async def delete_plan(self, name: str, line: LineId) -> Deletion:
        with map_errors(f"delete the plan {name}"):
            plan = await self._plan(name)
            if plan is not None and is_own(plan.tags, self._app_name, line):
                await none_if_missing(self._web.app_service_plans.delete(self._group, name))
                plan = await self._plan(name)
        return self._deletion(plan, line)

    async def remaining(self, line: LineId) -> Sequence[str]:
        with map_errors(f"list the resources of line {line}"):
            return [
                f"{kind}/{each.name}"
                async for kind, each in self._own()
                if (each.tags or {}).get(LINE_TAG) == str(line)
            ]

    async def resources(self) -> Sequence[Resource]:
        with map_errors(f"list the resources of {self._app_name}"):
            found = [line_resource(each, kind) async for kind, each in self._own()]
        return [each for each in found if each is not None]

    async def _own(self) -> AsyncIterator[tuple[str, models.Site | models.AppServicePlan]]:
        """Yield the group's plans and apps that are this router's, each after its type.

        They are filtered here: a list that Azure filters by tag shows no tags.
        """
        plans = self._web.app_service_plans.list_by_resource_group(self._group)
        async for plan in plans:
            if (plan.tags or {}).get(APP_TAG) == self._app_name:
                yield "Microsoft.Web/serverfarms", plan
        async for site in self._web.web_apps.list_by_resource_group(self._group):
            if (site.tags or {}).get(APP_TAG) == self._app_name:
                yield SITES, site

    async def close(self) -> None:
        """Close both clients."""
        await self._web.close()
        await self._resources.close()

    def _deletion(
        self, found: models.Site | models.AppServicePlan | None, line: LineId
    ) -> Deletion:
        if found is None:
            return Deletion.GONE
        return Deletion.BEGUN if is_own(found.tags, self._app_name, line) else Deletion.NOT_OURS

    async def _plan(self, name: str) -> models.AppServicePlan | None:
        return await none_if_missing(self._web.app_service_plans.get(self._group, name))

    async def _site(self, name: str) -> models.Site | None:
        return await none_if_missing(self._web.web_apps.get(self._group, name))

    async def _put_site(self, spec: AppSpec, *, new: bool) -> None:
        plan_id = f"{self._scope}/serverfarms/{spec.plan}"
        container = await created_container(self._line_storage, app_container(spec.name))
        body = app_body(spec, self._flex, plan_id, container, new=new)
        await self._web.web_apps.begin_create_or_update(
            self._group, spec.name, body, polling=False, cls=_ignore_response
        )

    async def _changed(self, site: models.Site, spec: AppSpec) -> AppSpec | None:
        """Return the spec with what others added to the site, or None if the site matches it.

        One that is still being created does.
        """
        if not _has_tags(site, spec, *(spec.tags.keys() - {HUB_SETTINGS_TAG})):
            raise PlatformFailed(_not_ours(f"function app {spec.name}"))
        if not is_failed(site) and provisioning_state(site) not in DONE:
            return None
        found = await self._settings.read(spec.name) or {}
        settings = merged(found, spec.settings, spec.former)
        if settings == found and not is_failed(site):
            return None
        return replace(spec, settings=settings, tags=dict(site.tags or {}) | dict(spec.tags))


def _ignore_response(*_: object) -> None:
    """Skip parsing the response of a long-running operation, whose resource is read instead."""


def _has_tags(found: models.Site | models.AppServicePlan, spec: AppSpec, *tags: str) -> bool:
    return all((found.tags or {}).get(tag) == spec.tags.get(tag) for tag in tags)


def _not_ours(what: str) -> str:
    found = f"A {what} exists and carries tags that are not this router's."
    return f"{found} It was left alone: rename or delete it."
