"""Builds the specification of a line's function app: its names, tags and app settings.

Settings are composed here and never copied from the router's own environment.
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


def app_spec(line: Line, settings: Settings) -> AppSpec:
    """Return the specification of a line's app, which depends on nothing else."""
    return AppSpec(line.function_app, line.plan, _settings(line, settings), tags(line, settings))


def new_line(settings: Settings, line: LineId, now: datetime) -> Line:
    """Return a line whose first release is being registered."""
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


def hub_settings(line: Line, settings: Settings) -> HubSettings:
    """Return the settings that the line's hub was created with, or will be if there is none."""
    return line.hub or HubSettings(
        settings.partition_count, settings.visibility_seconds, tracking_store(settings)
    )


def tracking_store(settings: Settings) -> str:
    """Return the store of new hubs' rows: the account's name, however it is opened, and prefix."""
    account = settings.tracking_storage
    if "=" in account:
        found = (re.search(pattern, account, re.ASCII) for pattern in _ACCOUNT)
        account = next((each[1] for each in found if each), "")
    return f"{account}/{settings.tracking_prefix}"


def store_mismatch(line: Line, settings: Settings) -> str | None:
    """Return a description of the mismatch if the line's rows are not in the router's store."""
    actual, configured = hub_settings(line, settings).store, tracking_store(settings)
    if actual == configured:
        return None
    return f"its rows are in {actual}, but the router is configured for {configured}"


def require_own_store(line: Line, settings: Settings) -> None:
    """Raise PlatformFailed if the line's rows are not in the router's store."""
    if problem := store_mismatch(line, settings):
        raise PlatformFailed(
            f"Line {line.id} was not changed: {problem}. Restore ROUTER_TRACKING_STORAGE and "
            "ROUTER_TRACKING_PREFIX"
        )


def tags(line: Line, settings: Settings) -> dict[str, str]:
    """Return the tags that identify the line of a resource even if the catalog is lost."""
    return {
        APP_TAG: settings.app_name,
        LINE_TAG: str(line.id),
        HUB_TAG: line.task_hub,
        HUB_SETTINGS_TAG: as_text(hub_settings(line, settings)),
    }


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return the values of the lines' app settings that must not appear in any text."""
    accounts = settings.line_storage, settings.tracking_storage
    connection_strings = (each for each in accounts if "=" in each)
    return (*connection_strings, *map(_text, settings.line_settings.values()))


def _settings(line: Line, settings: Settings) -> dict[str, str]:
    hub = hub_settings(line, settings)
    visibility = _time_span(hub.visibility)
    return {
        **_storage("AzureWebJobsStorage", settings.line_storage),
        **_storage(_TRACKING, settings.tracking_storage),
        f"{_DURABLE}hubName": line.task_hub,
        f"{_DURABLE}storageProvider__trackingStoreConnectionStringName": _TRACKING,
        f"{_DURABLE}storageProvider__trackingStoreNamePrefix": settings.tracking_prefix,
        f"{_DURABLE}storageProvider__partitionCount": str(hub.partitions),
        # As plain text, a message with U+FFFE, which XML cannot hold, stops the whole hub.
        f"{_DURABLE}storageProvider__queueClientMessageEncoding": "Base64",
        f"{_DURABLE}storageProvider__controlQueueVisibilityTimeout": visibility,
        f"{_DURABLE}storageProvider__workItemQueueVisibilityTimeout": visibility,
        "RELEASE_LINE": str(line.id),
        **{name: _text(value) for name, value in settings.line_settings.items()},
    }


def _storage(name: str, account: str) -> dict[str, str]:
    """Return the settings of a storage connection.

    An account given by name is opened with the app's managed identity.
    """
    if "=" in account:
        return {name: account}
    return {f"{name}__accountName": account, f"{name}__credential": "managedidentity"}


def _time_span(seconds: float) -> str:
    """Format a duration as .NET's TimeSpan."""
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
