"""Selects which of an instance's messages its next episode accepts, discards or defers.

The rules are those of the real engine, except that a message whose effect the real engine applies
twice after a crash is discarded the second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.event import SCHEDULING, EventType, answered_id
from emulator.engine.model.execution_ids import same_lineage
from emulator.engine.model.executor import Event
from emulator.engine.orchestrations import episode
from emulator.engine.stores.history_table import NO_HISTORY, History

_MAX_DEFERRALS = 5  # of a message whose history may still be written
_FINAL = frozenset({EventType.ExecutionCompleted, EventType.ExecutionTerminated})


@dataclass(frozen=True, slots=True)
class Selection:
    """An instance's messages by treatment, and the history that `events` are added to."""

    base: History
    execution_id: str
    events: list[Event] = field(default_factory=list)
    accepted: list[Delivery] = field(default_factory=list)
    discarded: list[Delivery] = field(default_factory=list)
    deferred: list[Delivery] = field(default_factory=list)


def select_messages(history: History, deliveries: Sequence[Delivery]) -> Selection:
    """Select the messages of an instance's next episode by its stored history."""
    start = _new_start(history, deliveries)
    if start is not None:
        return _with_start(history, deliveries, start)
    if not history.events:
        return _without_history(history, deliveries)
    if has_ended(history.events):
        return _after_end(history, deliveries)
    return _while_running(history, deliveries)


def has_ended(events: Sequence[Event]) -> bool:
    """Return True if a history is that of a finished execution."""
    return any(e["EventType"] in _FINAL for e in reversed(events))


def _new_start(history: History, deliveries: Sequence[Delivery]) -> Delivery | None:
    for delivery in deliveries:
        if _kind(delivery) is EventType.ExecutionStarted and not same_lineage(
            delivery.message.target.execution_id, history.execution_id
        ):
            return delivery
    return None


def _with_start(history: History, deliveries: Sequence[Delivery], start: Delivery) -> Selection:
    execution_id = start.message.target.execution_id or ""
    selection = Selection(_empty_base(history), execution_id)
    for delivery in deliveries:
        target = delivery.message.target.execution_id
        if delivery is not start and _kind(delivery) is EventType.ExecutionStarted:
            selection.deferred.append(delivery)
        elif target not in (None, execution_id):
            replaced = target == history.execution_id
            defer = not replaced and _history_may_follow(history, delivery)
            _set_aside(selection, delivery, defer=defer)
        elif answered_id(delivery.message.event) is not None:
            # The start ran before without being committed, so what this answers is not recorded.
            selection.deferred.append(delivery)
        else:
            _accept(selection, delivery)
    return selection


def _without_history(history: History, deliveries: Sequence[Delivery]) -> Selection:
    first = deliveries[0].message
    if _kind(deliveries[0]) is EventType.EventRaised and first.target.instance_id.startswith("@"):
        start = episode.entity_start(first.target.instance_id, deliveries[0].queue_message.id)
        execution_id = start["OrchestrationInstance"]["ExecutionId"]
        started = Selection(_empty_base(history), execution_id, [start])
        for delivery in deliveries:
            _accept(started, delivery)
        return started
    selection = Selection(history, "")
    for delivery in deliveries:
        _set_aside(selection, delivery, defer=_history_may_follow(history, delivery))
    return selection


def _after_end(history: History, deliveries: Sequence[Delivery]) -> Selection:
    selection = Selection(history, history.execution_id or "")
    for delivery in deliveries:
        _set_aside(selection, delivery, defer=_is_for_uncommitted(history, delivery))
    return selection


def _while_running(history: History, deliveries: Sequence[Delivery]) -> Selection:
    selection = Selection(history, history.execution_id or "")
    scheduled = {e["EventId"] for e in history.events if e["EventType"] in SCHEDULING}
    answered = {answered_id(e) for e in history.events}
    for delivery in deliveries:
        answer = answered_id(delivery.message.event)
        if delivery.message.target.execution_id not in (None, history.execution_id):
            _set_aside(selection, delivery, defer=_is_for_uncommitted(history, delivery))
        elif _kind(delivery) is EventType.ExecutionStarted:
            selection.discarded.append(delivery)  # it has started already
        elif answer is None or (answer in scheduled and answer not in answered):
            answered.add(answer)
            _accept(selection, delivery)
        else:
            defer = answer not in answered and _history_may_follow(history, delivery)
            _set_aside(selection, delivery, defer=defer)
    return selection


def _is_for_uncommitted(history: History, delivery: Delivery) -> bool:
    """Return True if a message is for an execution whose start ran without being committed.

    That start runs again. A message for an earlier execution is older than the history.
    """
    if _kind(delivery) is EventType.ExecutionStarted:
        return False  # of the generation that this one continues
    is_for_other = delivery.message.target.execution_id not in (None, history.execution_id)
    return is_for_other and _history_may_follow(history, delivery)


def _history_may_follow(history: History, delivery: Delivery) -> bool:
    """Return True if the history that a message needs may still be written.

    The sender's checkpoint follows its messages and may first be repeated by another worker.
    """
    sent = delivery.message.event["Timestamp"]
    if history.checkpointed_at and history.checkpointed_at > sent:
        return False
    return delivery.queue_message.dequeue_count <= _MAX_DEFERRALS


def _empty_base(history: History) -> History:
    return History(None, (), history.etag, None) if history.etag else NO_HISTORY


def _set_aside(selection: Selection, delivery: Delivery, *, defer: bool) -> None:
    (selection.deferred if defer else selection.discarded).append(delivery)


def _accept(selection: Selection, delivery: Delivery) -> None:
    selection.accepted.append(delivery)
    selection.events.append(delivery.message.event)


def _kind(delivery: Delivery) -> EventType:
    return EventType(delivery.message.event["EventType"])
