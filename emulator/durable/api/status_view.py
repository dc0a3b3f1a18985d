"""The API's view of an instance.

Times are truncated to seconds, input and output are shown as JSON values.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.durable.dotnet.json_text import CommentInJsonError, parse_or_text
from emulator.engine.model.instance import UNFINISHED, Instance

POLL_SECONDS = "5"


def view(
    instance: Instance,
    *,
    show_input: bool = True,
    events: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the status object, with `events` if they were requested.

    Raises CommentInJsonError.
    """
    status = {
        "name": instance.name,
        **({"version": instance.version} if instance.version else {}),
        "instanceId": instance.instance_id,
        **({"parentInstanceId": instance.parent_id} if instance.parent_id else {}),
        "runtimeStatus": instance.runtime_status,
        "input": parse_or_text(instance.input) if show_input else None,
        "customStatus": parse_or_text(instance.custom_status),
        "output": parse_or_text(instance.output),
        "createdTime": to_seconds(instance.created_at),
        "lastUpdatedTime": to_seconds(instance.last_updated_at),
    }
    if events is not None:
        status["historyEvents"] = events
    return status


def views(instances: Sequence[Instance], *, show_input: bool) -> list[dict[str, Any]]:
    """Return the status objects of a list. Raises CommentInJsonError."""
    shown = []
    for number, instance in enumerate(instances):
        try:
            shown.append(view(instance, show_input=show_input))
        except CommentInJsonError as error:
            raise CommentInJsonError(f"[{number}]") from error
    return shown


def to_seconds(time: datetime) -> str:
    """Return a time truncated to seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def code(instance: Instance, *, failure_is_error: bool) -> int:
    """Return 202 while unfinished, then 200, or 500 for a failure if the caller asked for it."""
    if instance.runtime_status in UNFINISHED:
        return 202
    return 500 if instance.runtime_status == "Failed" and failure_is_error else 200
