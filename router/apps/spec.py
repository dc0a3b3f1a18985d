"""The function app of a line as it should be: names, tags, and every setting it runs with.

Settings are composed here and never copied from the router's own environment. Knows nothing of
how Azure is told.
"""

import json
import re
from datetime import datetime

from router.domain import resource_names
from router.domain.errors import PlatformFailed
from router.domain.hub_settings import HubSettings, as_text
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.domain.version import LineId
from router.ports import AppSpec
from router.settings import Settings

_DURABLE = "AzureFunctionsJobHost__extensions__durableTask__"
_TRACKING = "TrackingStorage"
_ACCOUNT = (r"\bAccountName=(\w+)", r"\bTableEndpoint=https?://(\w+)")


def of(line: Line, settings: Settings) -> AppSpec:
    """What Azure is asked for; the same for the same line and settings."""
    return AppSpec(line.function_app, line.plan, _settings(line, settings), tags(line, settings))


def new_line(settings: Settings, line: LineId, now: datetime) -> Line:
    """A line as it is when its first release is registered."""
    app = settings.app_name
    scope = resource_names.scope_of(settings.subscription_id, settings.resource_group)
    return Line(
        line,
        LineState.REGISTERED,
        now,
        function_app=resource_names.function_app(app, line, scope),
        plan=resource_names.plan(app, line, scope),
        task_hub=resource_names.task_hub(app, line),
    )


def hub_of(line: Line, settings: Settings) -> HubSettings:
    """What the line's hub was made with; or is to be, for there is none yet."""
    return line.hub or HubSettings(
        settings.partition_count, settings.visibility_seconds, store(settings)
    )


def store(settings: Settings) -> str:
    """Where the rows of new hubs are; the same for a connection string and the account's name."""
    account = settings.tracking_storage
    if "=" in account:
        found = (re.search(pattern, account, re.ASCII) for pattern in _ACCOUNT)
        account = next((each[1] for each in found if each), "")
    return f"{account}/{settings.tracking_prefix}"


def store_mismatch(line: Line, settings: Settings) -> str | None:
    """That the line's rows are in another store than the router looks in, in words."""
    there, here = hub_of(line, settings).store, store(settings)
    return None if there == here else f"its rows are in {there}, and the router is set to {here}"


def require_own_store(line: Line, settings: Settings) -> None:
    """PlatformFailed when the line's rows are elsewhere."""
    if problem := store_mismatch(line, settings):
        raise PlatformFailed(
            f"Line {line.id} is left as it is: {problem}. Set ROUTER_TRACKING_STORAGE and "
            "ROUTER_TRACKING_PREFIX back to that"
        )


def tags(line: Line, settings: Settings) -> dict[str, str]:
    """What tells in Azure which line a resource belongs to, should the catalog be lost."""
    return {
        APP_TAG: settings.app_name,
        LINE_TAG: str(line.id),
        HUB_TAG: line.task_hub,
        HUB_SETTINGS_TAG: as_text(hub_of(line, settings)),
    }


def secrets(settings: Settings) -> tuple[str, ...]:
    """The values in the lines' app settings that nobody but the apps must see."""
    connections = settings.line_storage, settings.tracking_storage
    opened_by_key = (each for each in connections if "=" in each)
    return (*opened_by_key, *map(_text, settings.line_settings.values()))


def _settings(line: Line, settings: Settings) -> dict[str, str]:
    hub = hub_of(line, settings)
    visibility = _span(hub.visibility)
    return {
        **_storage("AzureWebJobsStorage", settings.line_storage),
        **_storage(_TRACKING, settings.tracking_storage),
        f"{_DURABLE}hubName": line.task_hub,
        f"{_DURABLE}storageProvider__trackingStoreConnectionStringName": _TRACKING,
        f"{_DURABLE}storageProvider__trackingStoreNamePrefix": settings.tracking_prefix,
        f"{_DURABLE}storageProvider__partitionCount": str(hub.partitions),
        f"{_DURABLE}storageProvider__controlQueueVisibilityTimeout": visibility,
        f"{_DURABLE}storageProvider__workItemQueueVisibilityTimeout": visibility,
        "RELEASE_LINE": str(line.id),
        **{name: _text(value) for name, value in settings.line_settings.items()},
    }


def _storage(name: str, account: str) -> dict[str, str]:
    """A connection string as it is; an account's name is opened with the app's identity."""
    if "=" in account:
        return {name: account}
    return {f"{name}__accountName": account, f"{name}__credential": "managedidentity"}


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (
        f"{days}.{hours:02}:{minutes:02}:{rest:02}"
        if days
        else f"{hours:02}:{minutes:02}:{rest:02}"
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
