"""Read and replace the app settings of the lines' apps."""

from collections.abc import Mapping

from azure.mgmt.web import models
from azure.mgmt.web.aio import WebSiteManagementClient

from router.azure.arm.errors import map_errors, none_if_missing


class SiteSettings:
    """The app settings of the apps in one resource group. They hold secrets."""

    def __init__(self, web: WebSiteManagementClient, group: str) -> None:
        self._web = web
        self._group = group

    async def read(self, name: str) -> dict[str, str] | None:
        """Return the app's settings, or None if Azure reports that there is no such app."""
        with map_errors(f"read the settings of {name}"):
            found = await none_if_missing(
                self._web.web_apps.list_application_settings(self._group, name)
            )
        return None if found is None else dict(found.properties or {})

    async def replace(self, name: str, settings: Mapping[str, str]) -> None:
        """Give the app these settings and no others, upon which Azure restarts it."""
        body = models.StringDictionary(properties=dict(settings))
        with map_errors(f"change the settings of {name}"):
            await self._web.web_apps.update_application_settings(self._group, name, body)
