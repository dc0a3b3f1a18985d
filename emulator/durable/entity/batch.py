"""One episode of an entity: the received requests form one batch for its function."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from emulator.durable.dotnet.json_text import compact
from emulator.durable.entity.entity_id import EntityId
from emulator.durable.entity.messages import response
from emulator.durable.entity.request_sorter import Request, RequestSorter
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Complete, Episode, EpisodeOutcome, SendEvent

_FAILURE = (
    "Microsoft.Azure.WebJobs.Extensions.DurableTask.FunctionFailedException, "
    "Microsoft.Azure.WebJobs.Extensions.DurableTask"
)
SORTER_FIELDS = ("ReceivedFromInstance", "ReceiveHorizon")  # in the order of the stored text


@dataclass(frozen=True, slots=True)
class EntityState:
    """The stored state of an entity, with `state` as JSON text."""

    exists: bool
    state: str | None
    sorter: dict[str, Any]

    @classmethod
    def parse(cls, text: str | None) -> "EntityState":
        """Parse an execution's input, which is None for an entity never written to."""
        stored = json.loads(text) if text else {}
        return cls(stored.get("exists", False), stored.get("state"), stored.get("sorter", {}))

    @property
    def text(self) -> str:
        """Return the state as an execution's input."""
        stored: dict[str, Any] = {"exists": True} if self.exists else {}
        if self.state is not None:
            stored["state"] = self.state
        sorter = {name: self.sorter[name] for name in SORTER_FIELDS if name in self.sorter}
        return compact({**stored, "sorter": sorter})

    @property
    def status(self) -> str:
        """Return the state as an instance's custom status."""
        return compact({"entityExists": True} if self.exists else {})


def collect_requests(episode: Episode, state: EntityState) -> list[Request]:
    """Return the requests of this episode in order, updating the state's sorter."""
    sorter = RequestSorter(state.sorter)
    return [
        request
        for event in chain(episode.past, episode.new)
        if event["EventType"] == EventType.EventRaised and event["Name"].startswith("op")
        for request in sorter.receive(json.loads(event["Input"]))
    ]


def batch_context(episode: Episode, state: EntityState, requests: Sequence[Request]) -> str:
    """Return the JSON text that the entity's function is called with."""
    entity = EntityId.parse(episode.instance_id)
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


def batch_outcome(
    requests: Sequence[Request], state: EntityState, result: Mapping[str, Any]
) -> EpisodeOutcome:
    """Return the replies to the callers and the restart of the entity with its new state."""
    after = EntityState(result["entityExists"], result["entityState"], state.sorter)
    return _outcome(requests, after, result["results"])


def failed_outcome(requests: Sequence[Request], state: EntityState, error: str) -> EpisodeOutcome:
    """Return the same error to every caller of an entity whose function cannot be called."""
    text = compact({"$type": _FAILURE, "ClassName": _FAILURE.partition(",")[0], "Message": error})
    return _outcome(requests, state, [{"result": text, "isError": True}] * len(requests))


def _outcome(
    requests: Sequence[Request], after: EntityState, results: Sequence[Mapping[str, Any]]
) -> EpisodeOutcome:
    calls = [
        (request, reply)
        for request, reply in zip(requests, results, strict=True)
        if not request.get("signal")
    ]
    replies = [
        SendEvent(
            number,
            request["parent"],
            request["id"],
            response(reply["result"], is_error=bool(reply["isError"])),
        )
        for number, (request, reply) in enumerate(calls)
    ]
    end = Complete(len(replies), "ContinuedAsNew", after.text)
    return EpisodeOutcome((*replies, end), custom_status=after.status)


def unchanged_outcome(state: EntityState) -> EpisodeOutcome:
    """Return the outcome of an episode without requests."""
    return EpisodeOutcome(custom_status=state.status)
