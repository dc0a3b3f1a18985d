"""The router's app settings in the local run: those of the example, adapted to the emulator."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from emulator.processes import local_build
from emulator.processes.host_process import Role

SITE = "router"
_STEP = "ROUTER_STEP_SECONDS"
_EXAMPLE = "local.settings.json.example"
_STORAGES = (
    "AzureWebJobsStorage",
    "ROUTER_STORAGE",
    "ROUTER_TRACKING_STORAGE",
    "ROUTER_LINE_STORAGE",
)
# The messages of a killed host reappear, and idle apps scale to zero, after seconds instead of
# the usual minutes.
_QUICK = {
    "EMULATOR_VISIBILITY_SECONDS": "8",
    "EMULATOR_STOP_SECONDS": "5",
    "EMULATOR_IDLE_SECONDS": "60",
}


_ROUTERS = "EMULATOR_ROUTERS"


def roles() -> dict[str, Role]:
    """Return the roles of the router's instances by name. The first one serves HTTP."""
    given = [Role(each.strip()) for each in os.environ.get(_ROUTERS, Role.ALL).split(",")]
    names = (SITE if number == 1 else f"{SITE}-{number}" for number in range(1, len(given) + 1))
    return dict(zip(names, given, strict=True))


@dataclass(frozen=True, slots=True)
class Home:
    """The location in Azure at which the router creates the lines' apps."""

    subscription: str
    group: str
    location: str

    @property
    def group_id(self) -> str:
        """The id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"


def home(app: Path) -> Home:
    """Return the location from an app's example, or a default for an app without one."""
    values = example(app)
    return Home(
        values.get("ROUTER_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000001"),
        values.get("ROUTER_RESOURCE_GROUP", "local"),
        values.get("ROUTER_LOCATION", "westeurope"),
    )


def router_settings(
    app: Path, arm_url: str, storage: str, identity_header: str, link_secret: str
) -> dict[str, str]:
    """Return the environment of the router's host. `app` is the directory of the example.

    The ROUTER_… settings of the caller's environment take precedence over the example's.
    """
    return {
        **example(app),
        **({_STEP: local_build.SECONDS} if local_build.is_asked(os.environ) else {}),
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
    """Return the ROUTER_… settings of the caller's environment."""
    return {name: value for name, value in os.environ.items() if name.startswith("ROUTER_")}


def quick_settings() -> dict[str, str]:
    """Return the emulator's settings of the local run, unless the caller has others."""
    return {name: os.environ.get(name, value) for name, value in _QUICK.items()}


def example(app: Path) -> dict[str, str]:
    """Return the values of an app's example settings, which are empty if it has no example."""
    path = app / _EXAMPLE
    if not path.exists():
        return {}
    values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["Values"]
    return values
