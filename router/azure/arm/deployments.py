"""Deploy packages to the lines' apps with one deploy, and follow the deployments.

Azure may begin a deployment without naming it, list it late, and stop listing it when it is done.
"""

from azure.core.rest import HttpRequest
from azure.mgmt.web.aio import WebSiteManagementClient

from router.apps.redaction import redact
from router.azure.arm.errors import map_errors, none_if_missing
from router.azure.arm.responses import deployment_id
from router.ports import Deployment

_API = {"api-version": "2025-05-01"}
_DEPLOYED = 4
_NOT_DEPLOYED = {-1: "it was cancelled", 3: "it failed", 6: "it succeeded only partially"}
_AFTER = "after "  # begins the id of a deployment that Azure did not name


class Deployments:
    """The deployments to the apps of one resource group. `scope` is the group's provider."""

    def __init__(self, web: WebSiteManagementClient, group: str, scope: str) -> None:
        self._web = web
        self._group = group
        self._scope = scope

    async def deploy(self, app: str, package_url: str) -> str:
        """Begin a deployment and return its id, or that of the newest one before it."""
        body = {"properties": {"packageUri": package_url, "remoteBuild": True}}
        url = f"{self._scope}/sites/{app}/extensions/onedeploy"
        with map_errors(f"deploy a package to {app}", fresh=True):
            before = await self._newest(app)
            answer = await self._web.send_request(HttpRequest("PUT", url, params=_API, json=body))
            answer.raise_for_status()
        named = deployment_id(answer)
        return named if named and named != before else f"{_AFTER}{before}"

    async def progress(self, app: str, begun: str) -> Deployment:
        """Return the progress of a deployment by the id that `deploy` returned."""
        with map_errors(f"read deployment {begun} to {app}", fresh=True):
            wanted = await self._named(app, begun)
            if wanted is None:
                return Deployment(finished=False, listed=False)
            found = await none_if_missing(
                self._web.web_apps.get_deployment(self._group, app, wanted)
            )
        if found is None:
            return Deployment(finished=False, listed=False)
        properties = found["properties"]
        status = int(properties.get("status") or 0)
        texts = (str(properties.get(name) or "") for name in ("message", "status_text"))
        message = redact(": ".join(dict.fromkeys(text for text in texts if text)))
        if status in _NOT_DEPLOYED:
            return Deployment(finished=True, error=f"{_NOT_DEPLOYED[status]}: {message}")
        return Deployment(finished=status == _DEPLOYED, detail=message or None)

    async def _named(self, app: str, begun: str) -> str | None:
        """Return the id of a deployment, or None while Azure does not list one it did not name."""
        if not begun.startswith(_AFTER):
            return begun
        newest = await self._newest(app)
        return None if newest == begun.removeprefix(_AFTER) else newest

    async def _newest(self, app: str) -> str:
        listed = self._web.web_apps.list_deployments(self._group, app)
        newest = max(
            [each async for each in listed],
            key=lambda each: str(each["properties"].get("start_time")),
            default=None,
        )
        return "" if newest is None else str(newest.name).rpartition("/")[2]
