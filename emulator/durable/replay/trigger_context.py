"""The orchestration trigger's input: a history in the format of the classic protocol."""

import json
from itertools import chain

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
    """Return the JSON text that the SDK replays."""
    return json.dumps(
        {
            "history": [*episode.past, *episode.new],
            "input": None if started.value is None else json.loads(started.value),
            "instanceId": episode.instance_id,
            "parentInstanceId": started.parent_id,
            **PROTOCOL,
        }
    )
