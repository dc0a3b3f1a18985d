"""The timers, queues and blobs among the triggers of a site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.host.configuration import disabled
from emulator.host.configuration.settings import expand
from emulator.host.errors import PackageFailed
from emulator.host.functions.function import BACKGROUND, BLOB, QUEUE, TIMER
from emulator.host.triggers import blob_path, schedule
from emulator.host.triggers.blob_path import BlobPath

type Trigger = Mapping[str, Any]
"""The binding of a trigger, with `functionName`."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The callers of the enabled functions of a site. Queues and blobs are by connection."""

    schedules: tuple[schedule.Schedule, ...] = ()
    queues: tuple[tuple[str, str], ...] = ()
    blobs: tuple[tuple[str, BlobPath], ...] = ()

    def is_due(self, since: datetime, now: datetime) -> bool:
        """Return whether a timer has become due since a moment."""
        nexts = (each.next_after(since) for each in self.schedules)
        return any(due is not None and due <= now for due in nexts)


def background(functions: Iterable[Mapping[str, Any]]) -> list[Trigger]:
    """Return the triggers of these functions that are timers, queues and blobs."""
    return [
        {**binding, "functionName": function["name"]}
        for function in functions
        for binding in (function.get("config") or {}).get("bindings") or ()
        if binding.get("type") in BACKGROUND
    ]


def sources(triggers: Iterable[Trigger], settings: Mapping[str, str]) -> Sources:
    """Return what the triggers name with these app settings, without what cannot be read."""
    is_disabled = disabled.by(settings)
    found: dict[str, list[Any]] = {kind: [] for kind in BACKGROUND}
    for trigger in triggers:
        if not is_disabled(str(trigger["functionName"])):
            found[trigger["type"]] += _source(trigger, settings)
    return Sources(tuple(found[TIMER]), tuple(found[QUEUE]), tuple(found[BLOB]))


def _source(trigger: Trigger, settings: Mapping[str, str]) -> list[Any]:
    connection = str(trigger.get("connection") or "Storage")
    try:
        match trigger["type"]:
            case "timerTrigger":
                return [schedule.parse(expand(str(trigger["schedule"]), settings))]
            case "queueTrigger":
                return [(connection, expand(str(trigger["queueName"]), settings).lower())]
        return [(connection, blob_path.parse(expand(str(trigger["path"]), settings)))]
    except (PackageFailed, schedule.InvalidScheduleError, KeyError):
        return []
