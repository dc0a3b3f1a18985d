"""Which of an instance's messages its next episode takes, which are void, which come too early.

Pure: a history and messages in, a decision out. The reasons are those of the real engine; where
it runs a message's effect twice after a crash, this drops the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.event import SCHEDULING, EventType, answered_id
from emulator.engine.model.execution_ids import same_lineage
from emulator.engine.model.executor import Event
from emulator.engine.orchestrations import episode
from emulator.engine.stores.history_table import NOTHING, History

_PATIENCE = 5  # times a message is put back for a history that may still come
_ENDED = frozenset({EventType.ExecutionCompleted, EventType.ExecutionTerminated})


@dataclass(frozen=True, slots=True)
class Triage:
    """The messages by what is done with them, and the history that `taken` comes on top of."""

    base: History
    execution_id: str
    events: list[Event] = field(default_factory=list)
    taken: list[Delivery] = field(default_factory=list)
    void: list[Delivery] = field(default_factory=list)
    early: list[Delivery] = field(default_factory=list)


def triage(history: History, deliveries: Sequence[Delivery]) -> Triage:
    """Sort an instance's messages against its stored history."""
    start = _new_start(history, deliveries)
    if start is not None:
        return _begin(history, deliveries, start)
    if not history.events:
        return _without_history(history, deliveries)
    if has_ended(history.events):
        return _after_the_end(history, deliveries)
    return _go_on(history, deliveries)


def has_ended(events: Sequence[Event]) -> bool:
    """Whether a history is that of a finished execution."""
    return any(e["EventType"] in _ENDED for e in reversed(events))


def _new_start(history: History, deliveries: Sequence[Delivery]) -> Delivery | None:
    for delivery in deliveries:
        if _kind(delivery) is EventType.ExecutionStarted and not same_lineage(
            delivery.message.target.execution_id, history.execution_id
        ):
            return delivery
    return None


def _begin(history: History, deliveries: Sequence[Delivery], start: Delivery) -> Triage:
    execution_id = start.message.target.execution_id or ""
    sorted_ = Triage(_before_start(history), execution_id)
    for delivery in deliveries:
        target = delivery.message.target.execution_id
        if delivery is not start and _kind(delivery) is EventType.ExecutionStarted:
            sorted_.early.append(delivery)
        elif target not in (None, execution_id):
            replaced = target == history.execution_id
            _set_aside(sorted_, delivery, wait=not replaced and _may_come(history, delivery))
        elif answered_id(delivery.message.event) is not None:
            # The start was run before, but not committed: what it asked is not recorded yet.
            sorted_.early.append(delivery)
        else:
            _take(sorted_, delivery)
    return sorted_


def _without_history(history: History, deliveries: Sequence[Delivery]) -> Triage:
    first = deliveries[0].message
    if _kind(deliveries[0]) is EventType.EventRaised and first.target.instance_id.startswith("@"):
        start = episode.entity_start(first.target.instance_id, deliveries[0].taken.id)
        execution_id = start["OrchestrationInstance"]["ExecutionId"]
        begun = Triage(_before_start(history), execution_id, [start])
        for delivery in deliveries:
            _take(begun, delivery)
        return begun
    sorted_ = Triage(history, "")
    for delivery in deliveries:
        _set_aside(sorted_, delivery, wait=_may_come(history, delivery))
    return sorted_


def _after_the_end(history: History, deliveries: Sequence[Delivery]) -> Triage:
    sorted_ = Triage(history, history.execution_id or "")
    for delivery in deliveries:
        _set_aside(sorted_, delivery, wait=_is_of_another_to_come(history, delivery))
    return sorted_


def _go_on(history: History, deliveries: Sequence[Delivery]) -> Triage:
    sorted_ = Triage(history, history.execution_id or "")
    scheduled = {e["EventId"] for e in history.events if e["EventType"] in SCHEDULING}
    answered = {answered_id(e) for e in history.events}
    for delivery in deliveries:
        answer = answered_id(delivery.message.event)
        if delivery.message.target.execution_id not in (None, history.execution_id):
            _set_aside(sorted_, delivery, wait=_is_of_another_to_come(history, delivery))
        elif _kind(delivery) is EventType.ExecutionStarted:
            sorted_.void.append(delivery)  # it has begun already
        elif answer is None or (answer in scheduled and answer not in answered):
            answered.add(answer)
            _take(sorted_, delivery)
        else:
            wait = answer not in answered and _may_come(history, delivery)
            _set_aside(sorted_, delivery, wait=wait)
    return sorted_


def _is_of_another_to_come(history: History, delivery: Delivery) -> bool:
    """Whether a message is for an execution, or a generation, whose start was run but not
    committed, so that it is run again; an earlier one's are older than the history."""
    if _kind(delivery) is EventType.ExecutionStarted:
        return False  # of the generation that this one continues
    of_another = delivery.message.target.execution_id not in (None, history.execution_id)
    return of_another and _may_come(history, delivery)


def _may_come(history: History, delivery: Delivery) -> bool:
    """Whether the history that a message needs may still be written: the sender's checkpoint
    comes after its messages, and may be redone by another worker first."""
    sent = delivery.message.event["Timestamp"]
    if history.checkpointed_at and history.checkpointed_at > sent:
        return False
    return delivery.taken.dequeue_count <= _PATIENCE


def _before_start(history: History) -> History:
    return History(None, (), history.etag, None) if history.etag else NOTHING


def _set_aside(sorted_: Triage, delivery: Delivery, *, wait: bool) -> None:
    (sorted_.early if wait else sorted_.void).append(delivery)


def _take(sorted_: Triage, delivery: Delivery) -> None:
    sorted_.taken.append(delivery)
    sorted_.events.append(delivery.message.event)


def _kind(delivery: Delivery) -> EventType:
    return EventType(delivery.message.event["EventType"])
