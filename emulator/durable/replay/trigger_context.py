"""The orchestration trigger's input: a history in the format of the classic protocol."""

from itertools import chain
from typing import Any

from emulator.durable.dotnet.json_reader import begins_with_comment
from emulator.durable.dotnet.json_text import compact, parse
from emulator.durable.replay.orchestration import Started
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Episode

PROTOCOL = {
    "isReplaying": False,
    "upperSchemaVersion": 1,
    "upperSchemaVersionNew": 2,
    "longRunningTimerIntervalDuration": "3.00:00:00",
    "maximumShortTimerDuration": "6.00:00:00",
    "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
}


def find_start(episode: Episode) -> Started:
    """Return the start of the execution. Raises LookupError for a history without one."""
    for event in chain(episode.past, episode.new):
        if event["EventType"] == EventType.ExecutionStarted:
            parent = event.get("ParentInstance")
            return Started(
                name=event["Name"],
                version=event.get("Version"),
                value=event.get("Input"),
                parent_id=parent["OrchestrationInstance"]["InstanceId"] if parent else None,
            )
    raise LookupError(f"the history of {episode.instance_id} has no ExecutionStarted event")


def serialize(episode: Episode, started: Started) -> str:
    """Return the JSON text that the SDK replays. Raises BadJsonError for an input without JSON."""
    return compact(
        {
            "history": [*episode.past, *episode.new],
            "input": None if started.value is None else _input(started.value),
            "instanceId": episode.instance_id,
            "parentInstanceId": started.parent_id,
            **PROTOCOL,
        }
    )


def _input(text: str) -> Any:
    return None if begins_with_comment(text) else parse(text)
