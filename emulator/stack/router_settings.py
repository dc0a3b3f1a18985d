"""The app settings of the router in the local run: those of the example, set for what runs here.

The names are the router's; its own code is not imported.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

SITE = "router"
_EXAMPLE = "local.settings.json.example"
_STORAGES = (
    "AzureWebJobsStorage",
    "ROUTER_STORAGE",
    "ROUTER_TRACKING_STORAGE",
    "ROUTER_LINE_STORAGE",
)

_STORAGE_PROVIDER = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
# What a killed router had in hand shows up again after seconds, not after the usual minutes.
_QUICK = {
    f"{_STORAGE_PROVIDER}controlQueueVisibilityTimeout": "00:00:08",
    f"{_STORAGE_PROVIDER}workItemQueueVisibilityTimeout": "00:00:08",
}


@dataclass(frozen=True, slots=True)
class Home:
    """Where in Azure the router makes the lines' apps."""

    subscription: str
    group: str
    location: str

    @property
    def group_id(self) -> str:
        """The resource group's id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"


def home(app: Path) -> Home:
    """The example's place in Azure; one of our own for an app without an example."""
    values = example(app)
    return Home(
        values.get("ROUTER_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000001"),
        values.get("ROUTER_RESOURCE_GROUP", "local"),
        values.get("ROUTER_LOCATION", "westeurope"),
    )


def router_settings(
    app: Path, arm_url: str, storage: str, identity_header: str, link_secret: str
) -> dict[str, str]:
    """The environment of the router's host. `app` is the directory that holds the example.

    Any ROUTER_… setting of the caller's own environment goes before the example's, and the
    example's before ours that only make the local run quick.
    """
    return {
        **_QUICK,
        **example(app),
        **given_settings(),
        **dict.fromkeys(_STORAGES, storage),
        "ROUTER_ARM_URL": arm_url,
        "ROUTER_UPSTREAM_SCHEME": "http",
        "ROUTER_LINK_SECRETS": link_secret,
        "IDENTITY_ENDPOINT": f"{arm_url}/msi/token",
        "IDENTITY_HEADER": identity_header,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
    }


def given_settings() -> dict[str, str]:
    """What the caller's own environment says of the router."""
    return {name: value for name, value in os.environ.items() if name.startswith("ROUTER_")}


def example(app: Path) -> dict[str, str]:
    """The values of the example of an app's settings; none if it has no example."""
    path = app / _EXAMPLE
    if not path.exists():
        return {}
    values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["Values"]
    return values
