"""One turn of an entity: the requests that have come become one batch for its function.

Owns the entity's stored state and the replies. Pure: the function itself is called in between,
by whoever drives this.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from emulator.durable.dotnet.json_text import compact
from emulator.durable.entity.entity_id import EntityId
from emulator.durable.entity.messages import response
from emulator.durable.entity.request_sorter import Request, Sorter
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Complete, Outcome, SendEvent, Turn

SORTER_FIELDS = ("ReceivedFromInstance", "ReceiveHorizon")  # in the order of the stored text


@dataclass(frozen=True, slots=True)
class EntityState:
    """What an entity keeps: `state` is JSON text, `sorter` as the sorter stores it."""

    exists: bool
    state: str | None
    sorter: dict[str, Any]

    @classmethod
    def parse(cls, text: str | None) -> "EntityState":
        """From an execution's input; None is an entity that nobody has written to."""
        stored = json.loads(text) if text else {}
        return cls(stored.get("exists", False), stored.get("state"), stored.get("sorter", {}))

    @property
    def text(self) -> str:
        """As an execution's input."""
        stored: dict[str, Any] = {"exists": True} if self.exists else {}
        if self.state is not None:
            stored["state"] = self.state
        sorter = {name: self.sorter[name] for name in SORTER_FIELDS if name in self.sorter}
        return compact({**stored, "sorter": sorter})

    @property
    def status(self) -> str:
        """As an instance's custom status."""
        return compact({"entityExists": True} if self.exists else {})


def batch(turn: Turn, state: EntityState) -> list[Request]:
    """The requests of this turn, in order; changes the state's sorter."""
    sorter = Sorter(state.sorter)
    return [
        request
        for event in chain(turn.past, turn.new)
        if event["EventType"] == EventType.EventRaised and event["Name"].startswith("op")
        for request in sorter.receive(json.loads(event["Input"]))
    ]


def context(turn: Turn, state: EntityState, requests: Sequence[Request]) -> str:
    """The JSON text that the entity's function is called with."""
    entity = EntityId.parse(turn.instance_id)
    return json.dumps(
        {
            "self": {"name": entity.name, "key": entity.key},
            "exists": state.exists,
            "state": state.state,
            "batch": [
                {
                    "name": request["op"],
                    "input": request.get("input"),
                    "isSignal": bool(request.get("signal")),
                }
                for request in requests
            ],
        }
    )


def outcome(requests: Sequence[Request], state: EntityState, answer: Mapping[str, Any]) -> Outcome:
    """The replies to those who called, then the entity begins anew with its new state."""
    after = EntityState(answer["entityExists"], answer["entityState"], state.sorter)
    calls = [
        (request, result)
        for request, result in zip(requests, answer["results"], strict=True)
        if not request.get("signal")
    ]
    replies = [
        SendEvent(
            number,
            request["parent"],
            request["id"],
            response(result["result"], is_error=bool(result["isError"])),
        )
        for number, (request, result) in enumerate(calls)
    ]
    end = Complete(len(replies), "ContinuedAsNew", after.text)
    return Outcome((*replies, end), custom_status=after.status)


def unchanged(state: EntityState) -> Outcome:
    """There was nothing to do: the entity goes on waiting."""
    return Outcome(custom_status=state.status)
