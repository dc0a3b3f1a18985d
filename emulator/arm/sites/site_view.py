"""The representation of a site and the validation of requests to create one."""

import re
from typing import Any

from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError, bad_request
from emulator.arm.sites.flex import check_flex, check_flex_settings
from emulator.processes.ports import LOOPBACK

TYPE = "Microsoft.Web/sites"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])", re.IGNORECASE)


def show(site: Document, port: int, creation: str) -> dict[str, Any]:
    """Return the body of a GET. `creation` is the state of the operation that creates the site."""
    host = f"{LOOPBACK}:{port}"
    running = site["enabled"] and creation == "Succeeded"
    properties = {
        **site["properties"],
        "state": "Running" if running else "Stopped",
        "provisioningState": creation,
        "hostNames": [host],
        "enabledHostNames": [host] if running else [],
        "defaultHostName": host,
        "hostNameSslStates": [{"name": host, "sslState": "Disabled", "hostType": "Standard"}],
        "usageState": "Normal",
        "availabilityState": "Normal",
        "enabled": site["enabled"],
        "siteConfig": None,
    }
    shown = ("id", "name", "type", "kind", "location", "tags", "identity")
    return {**{name: site[name] for name in shown if name in site}, "properties": properties}


def check(name: str, content: dict[str, Any], plan: Document | None, flex: bool) -> None:
    """Raise App Service's error for an invalid request to create or update a site."""
    if not _NAME.fullmatch(name):
        raise AppServiceError(400, "BadRequest", f"The site name '{name}' is not valid.")
    if not content.get("location"):
        raise bad_request(
            "The location property is required for this definition.", "LocationRequired"
        )
    properties = content.get("properties") or {}
    if plan is None:
        given = properties.get("serverFarmId")
        raise AppServiceError(
            404, "NotFound", f"Cannot find ServerFarm with name {given}.", "51004"
        )
    if flex:
        check_flex(properties)
        check_flex_settings(settings_in(content) or {})


def settings_in(content: dict[str, Any]) -> dict[str, str] | None:
    """Return the app settings in a request to create or update a site, or None if it has none."""
    config = (content.get("properties") or {}).get("siteConfig") or {}
    if config.get("appSettings") is None:
        return None
    return {pair["name"]: pair["value"] for pair in config["appSettings"]}
