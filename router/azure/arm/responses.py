"""What Azure's answers tell of a plan, an app and a deployment, in the router's own words.

Knows nothing of how Azure is asked.
"""

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


def provisioning_state(resource: models.Site | models.AppServicePlan) -> str | None:
    """How far its making is; None where Azure does not say."""
    state = (resource.get("properties") or {}).get("provisioningState")
    return None if state is None else str(state)


def is_failed(resource: models.Site | models.AppServicePlan) -> bool:
    """Whether its making has ended without success."""
    return provisioning_state(resource) in ("Failed", "Canceled")


def is_made(resource: models.Site | models.AppServicePlan, what: str) -> bool:
    """Whether it is made; PlatformFailed when that failed."""
    if is_failed(resource):
        state = provisioning_state(resource)
        raise PlatformFailed(f"Azure could not make the {what}: it is in state {state}.")
    return provisioning_state(resource) in DONE


def app_info(site: models.Site) -> AppInfo:
    """The app, as the router knows one."""
    return AppInfo(
        str(site.name), str(site.default_host_name), str(site.state), dict(site.tags or {})
    )


def line_resource(found: Any) -> Resource | None:
    """A plan or an app with a line's tag; None for anything else."""
    tags = found.tags or {}
    try:
        line = parse_line(tags.get(LINE_TAG, ""))
    except Refusal:
        return None
    try:
        release = Version.parse(tags[RELEASE_TAG])
    except (KeyError, ValueError):
        release = None
    is_app = str(found.type).lower() == "microsoft.web/sites"
    hub = from_text(tags.get(HUB_SETTINGS_TAG, ""))
    return Resource(str(found.name), line, is_app, tags.get(HUB_TAG), release, hub)


def deployment_of(answer: AsyncHttpResponse) -> str | None:
    """Where Azure tells it: in the body, or at the end of the address to poll."""
    try:
        told_id = answer.json()["properties"]["deploymentId"]
    except (ValueError, KeyError, TypeError):
        told_id = None
    before, found, last = answer.headers.get("Location", "").partition("/deployments/")
    return told_id or (last.partition("?")[0] if found and before else None)
