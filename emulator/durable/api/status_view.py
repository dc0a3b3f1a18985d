"""How the API shows an instance and its status.

Pure. Times are cut to seconds; input and output are shown as the JSON values that they are.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.durable.dotnet.json_text import or_text
from emulator.engine.model.instance import UNFINISHED, Instance

POLL_SECONDS = "5"


def view(
    instance: Instance,
    *,
    show_input: bool = True,
    events: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The status object; `events` are shown if there are any to show."""
    shown = {
        "name": instance.name,
        "instanceId": instance.instance_id,
        "runtimeStatus": instance.runtime_status,
        "input": or_text(instance.input) if show_input else None,
        "customStatus": or_text(instance.custom_status),
        "output": or_text(instance.output),
        "createdTime": second(instance.created_at),
        "lastUpdatedTime": second(instance.last_updated_at),
    }
    if events is not None:
        shown["historyEvents"] = events
    return shown


def second(moment: datetime) -> str:
    """A moment, cut to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def code(instance: Instance, *, failure_is_error: bool) -> int:
    """202 while it is unfinished, then 200; 500 for a failure if the caller wants that."""
    if instance.runtime_status in UNFINISHED:
        return 202
    return 500 if instance.runtime_status == "Failed" and failure_is_error else 200
