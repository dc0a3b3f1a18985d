"""A message between instances and its JSON text in a queue.

The text is that of DurableTask.AzureStorage's MessageData, including the `$type` names. A text over
45 KiB goes to a blob, and the queue holds only a reference to the blob.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event

MAX_INLINE_BYTES = 45 * 1024  # as UTF-8
_NO_ACTIVITY = "00000000-0000-0000-0000-000000000000"
_TAGS = (
    "System.Collections.Generic.Dictionary`2[[System.String, System.Private.CoreLib],"
    "[System.String, System.Private.CoreLib]]"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An instance or, with an execution id, one generation of it."""

    instance_id: str
    execution_id: str | None


NO_SENDER = Address("", "")


@dataclass(frozen=True, slots=True)
class Message:
    """An event in transit. A client's message has no sender (`NO_SENDER`) and no episode."""

    event: Event
    target: Address
    sender: Address = NO_SENDER
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """The identity of a sent message: a GUID and the sender's sequence number."""

    activity_id: str
    sequence: int


def serialize(message: Message, stamp: Stamp) -> str:
    """Return the queue text of a message."""
    target = message.target
    body = {
        "$type": "DurableTask.AzureStorage.MessageData",
        "ActivityId": stamp.activity_id,
        "TaskMessage": {
            "$type": "DurableTask.Core.TaskMessage",
            "Event": _typed_event(message.event),
            "SequenceNumber": 0,
            "OrchestrationInstance": {
                "$type": "DurableTask.Core.OrchestrationInstance",
                "InstanceId": target.instance_id,
                "ExecutionId": target.execution_id,
            },
            "OrchestrationExecutionContext": _execution_context(message.event),
        },
        "CompressedBlobName": None,
        "SequenceNumber": stamp.sequence,
        **({} if message.episode is None else {"Episode": message.episode}),
        "Sender": {
            "InstanceId": message.sender.instance_id,
            "ExecutionId": message.sender.execution_id,
        },
        "SerializableTraceContext": None,
    }
    return _dumps(body)


def serialize_reference(blob_name: str) -> str:
    """Return the queue text that stands for a message stored in a blob."""
    return _dumps(
        {
            "$type": "DurableTask.AzureStorage.MessageData",
            "ActivityId": _NO_ACTIVITY,
            "TaskMessage": None,
            "CompressedBlobName": blob_name,
            "SequenceNumber": 0,
            "Sender": None,
            "SerializableTraceContext": None,
        }
    )


def referenced_blob(text: str) -> str | None:
    """Return the name of the blob that a queue text refers to, or None for a whole message."""
    body = json.loads(text)
    return body["CompressedBlobName"] if body["TaskMessage"] is None else None


def deserialize(text: str) -> Message:
    """Return the message of a text. Raises ValueError or KeyError if it is not a message."""
    body = json.loads(text)
    task = body["TaskMessage"]
    target, sender = task["OrchestrationInstance"], body["Sender"]
    return Message(
        event=_without_types(task["Event"]),
        target=Address(target["InstanceId"], target["ExecutionId"]),
        sender=Address(sender["InstanceId"], sender["ExecutionId"]),
        episode=body.get("Episode"),
    )


def deserialize_stamp(text: str) -> Stamp:
    """Return the stamp of a text."""
    body = json.loads(text)
    return Stamp(body["ActivityId"], body["SequenceNumber"])


def _typed_event(event: Event) -> dict[str, Any]:
    name = EventType(event["EventType"]).name.removesuffix("Event")
    typed: dict[str, Any] = {"$type": f"DurableTask.Core.History.{name}Event", **event}
    if typed.get("OrchestrationInstance"):
        typed["OrchestrationInstance"] = _typed_instance(typed["OrchestrationInstance"])
    if typed.get("ParentInstance"):
        typed["ParentInstance"] = _typed_parent(typed["ParentInstance"])
    if typed.get("Tags"):
        typed["Tags"] = {"$type": _TAGS, **typed["Tags"]}
    return typed


def _typed_instance(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {"$type": "DurableTask.Core.OrchestrationInstance", **instance}


def _typed_parent(parent: Mapping[str, Any]) -> dict[str, Any]:
    instance = _typed_instance(parent["OrchestrationInstance"])
    return {
        "$type": "DurableTask.Core.ParentInstance",
        **parent,
        "OrchestrationInstance": instance,
    }


def _execution_context(event: Event) -> dict[str, Any] | None:
    if event["EventType"] != EventType.TaskScheduled:
        return None
    return {
        "$type": "DurableTask.Core.OrchestrationExecutionContext",
        "OrchestrationTags": {"$type": _TAGS},
    }


def _without_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_types(v) for k, v in value.items() if k != "$type"}
    return value


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
