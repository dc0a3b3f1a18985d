"""A message between instances, and the JSON text that lies in a queue for it.

Pure. The text is that of DurableTask.AzureStorage's MessageData, `$type` names included. A text
over 45 KiB goes to a blob; the queue then holds only the blob's name (`reference`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event

LARGEST_TEXT = 45 * 1024  # bytes of UTF-8
_NO_ACTIVITY = "00000000-0000-0000-0000-000000000000"
_TAGS = (
    "System.Collections.Generic.Dictionary`2[[System.String, System.Private.CoreLib],"
    "[System.String, System.Private.CoreLib]]"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An instance, or with an execution id one generation of it."""

    instance_id: str
    execution_id: str | None


NOBODY = Address("", "")


@dataclass(frozen=True, slots=True)
class Message:
    """An event on its way. `sender` is NOBODY and `episode` None when a client sent it."""

    event: Event
    target: Address
    sender: Address = NOBODY
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a message gets when it is sent: a GUID, and the sender's running number."""

    activity_id: str
    sequence: int


def write(message: Message, stamp: Stamp) -> str:
    """The text of a message."""
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


def reference(blob_name: str) -> str:
    """The text that stands in the queue for a message whose own text is in a blob."""
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


def blob_reference(text: str) -> str | None:
    """The name of the blob that a queue's text points to; None if it is the message itself."""
    body = json.loads(text)
    return body["CompressedBlobName"] if body["TaskMessage"] is None else None


def read(text: str) -> Message:
    """The message of a text. Raises ValueError or KeyError for what is no message."""
    body = json.loads(text)
    task = body["TaskMessage"]
    target, sender = task["OrchestrationInstance"], body["Sender"]
    return Message(
        event=_untyped(task["Event"]),
        target=Address(target["InstanceId"], target["ExecutionId"]),
        sender=Address(sender["InstanceId"], sender["ExecutionId"]),
        episode=body.get("Episode"),
    )


def read_stamp(text: str) -> Stamp:
    """The stamp of a text."""
    body = json.loads(text)
    return Stamp(body["ActivityId"], body["SequenceNumber"])


def _typed_event(event: Event) -> dict[str, Any]:
    name = EventType(event["EventType"]).name.removesuffix("Event")
    typed: dict[str, Any] = {"$type": f"DurableTask.Core.History.{name}Event", **event}
    if typed.get("OrchestrationInstance"):
        typed["OrchestrationInstance"] = _typed_instance(typed["OrchestrationInstance"])
    if typed.get("ParentInstance"):
        typed["ParentInstance"] = _typed_parent(typed["ParentInstance"])
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


def _untyped(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _untyped(v) for k, v in value.items() if k != "$type"}
    return value


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
