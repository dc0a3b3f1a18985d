"""Convert Azure's representations of plans, apps and deployments to the router's."""

from typing import Any, Final

from azure.core.rest import AsyncHttpResponse
from azure.mgmt.web import models
from semver import Version

from router.domain.errors import PlatformFailed, Refusal
from router.domain.hub_settings import from_text
from router.domain.model import Resource
from router.domain.resource_names import HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG, RELEASE_TAG
from router.domain.version import parse_line
from router.ports import AppInfo

DONE: Final = ("Succeeded", None)
SITES: Final = "Microsoft.Web/sites"


def provisioning_state(resource: models.Site | models.AppServicePlan) -> str | None:
    """Return the provisioning state, or None where Azure omits it."""
    state = (resource.get("properties") or {}).get("provisioningState")
    return None if state is None else str(state)


def is_failed(resource: models.Site | models.AppServicePlan) -> bool:
    """Return True if its creation has failed."""
    return provisioning_state(resource) in ("Failed", "Canceled")


def is_created(resource: models.Site | models.AppServicePlan, what: str) -> bool:
    """Return True once it has been created, or raise PlatformFailed if that failed."""
    if is_failed(resource):
        state = provisioning_state(resource)
        raise PlatformFailed(f"Azure failed to create the {what}: it is in state {state}.")
    return provisioning_state(resource) in DONE


def app_info(site: models.Site) -> AppInfo:
    """Return the router's view of an app."""
    return AppInfo(
        str(site.name), str(site.default_host_name), str(site.state), dict(site.tags or {})
    )


def line_resource(found: Any, kind: str) -> Resource | None:
    """Return a plan or an app tagged with a line, and None for one that is not.

    `kind`: its type.
    """
    tags = found.tags or {}
    try:
        line = parse_line(tags.get(LINE_TAG, ""))
    except Refusal:
        return None
    try:
        release = Version.parse(tags[RELEASE_TAG])
    except (KeyError, ValueError):
        release = None
    hub = from_text(tags.get(HUB_SETTINGS_TAG, ""))
    return Resource(str(found.name), line, kind == SITES, tags.get(HUB_TAG), release, hub)


def deployment_id(response: AsyncHttpResponse) -> str | None:
    """Return the deployment's id from the response's body or from the URL to poll, if any."""
    try:
        in_body = response.json()["properties"]["deploymentId"]
    except (ValueError, KeyError, TypeError):
        in_body = None
    before, found, last = response.headers.get("Location", "").partition("/deployments/")
    return in_body or (last.partition("?")[0] if found and before else None)
