"""A history as the SDK is given it: the text of one orchestration trigger.

Owns the shape of the classic protocol's context. Pure.
"""

import json
from itertools import chain

from emulator.durable.replay.orchestration import Started
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Turn

PROTOCOL = {
    "isReplaying": False,
    "upperSchemaVersion": 1,
    "upperSchemaVersionNew": 2,
    "longRunningTimerIntervalDuration": "3.00:00:00",
    "maximumShortTimerDuration": "6.00:00:00",
    "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
}


def started(turn: Turn) -> Started:
    """What the execution began with. Raises LookupError for a history without a beginning."""
    for event in chain(turn.past, turn.new):
        if event["EventType"] == EventType.ExecutionStarted:
            parent = event.get("ParentInstance")
            return Started(
                name=event["Name"],
                version=event.get("Version"),
                value=event.get("Input"),
                parent_id=parent["OrchestrationInstance"]["InstanceId"] if parent else None,
            )
    raise LookupError(f"the history of {turn.instance_id} has no ExecutionStarted event")


def context(turn: Turn, beginning: Started) -> str:
    """The JSON text that the SDK replays."""
    return json.dumps(
        {
            "history": [*turn.past, *turn.new],
            "input": None if beginning.value is None else json.loads(beginning.value),
            "instanceId": turn.instance_id,
            "parentInstanceId": beginning.parent_id,
            **PROTOCOL,
        }
    )
