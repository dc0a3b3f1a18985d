"""Stop and start the lines' apps, and no one else's."""

from collections.abc import Awaitable, Callable

from azure.mgmt.web import models
from azure.mgmt.web.aio import WebSiteManagementClient

from router.azure.arm.errors import map_errors, none_if_missing
from router.domain.resource_names import is_own
from router.domain.version import LineId

STOPPED, RUNNING = "Stopped", "Running"


class Power:
    """Stops and starts the apps of one resource group that carry the tags of `app_name`."""

    def __init__(self, web: WebSiteManagementClient, group: str, app_name: str) -> None:
        self._web = web
        self._group = group
        self._app_name = app_name

    async def stop(self, name: str, line: LineId) -> bool:
        """Stop the line's app, and return True once none runs."""
        with map_errors(f"stop the function app {name}"):
            return await self._change(name, line, self._web.web_apps.stop, STOPPED)

    async def start(self, name: str, line: LineId) -> bool:
        """Start the line's app, and return True once none is stopped."""
        with map_errors(f"start the function app {name}"):
            return await self._change(name, line, self._web.web_apps.start, RUNNING)

    async def _change(
        self, name: str, line: LineId, change: Callable[[str, str], Awaitable[None]], wanted: str
    ) -> bool:
        site = await self._own_site(name, line)
        if site is None or site.state == wanted:
            return True
        await none_if_missing(change(self._group, name))
        site = await self._own_site(name, line)
        return site is None or site.state == wanted

    async def _own_site(self, name: str, line: LineId) -> models.Site | None:
        site = await none_if_missing(self._web.web_apps.get(self._group, name))
        return site if site is not None and is_own(site.tags, self._app_name, line) else None
