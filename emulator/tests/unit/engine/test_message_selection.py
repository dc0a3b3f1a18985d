"""Selection of the messages that an episode accepts, by stored history."""

from collections.abc import Callable, Sequence
from typing import cast

import pytest

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model import event
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event, ScheduleTask
from emulator.engine.orchestrations.message_selection import Selection, select_messages
from emulator.engine.storage.queue import HubQueue, QueueMessage
from emulator.engine.stores.history_table import NO_HISTORY, History

OLD, NEW = "2026-01-01T00:00:00.0000000Z", "9999-01-01T00:00:00.0000000Z"


def start(execution_id: str = "e1", instance_id: str = "i") -> Event:
    return event.execution_started(
        instance_id=instance_id,
        execution_id=execution_id,
        name="f",
        version=None,
        input_=None,
        generation=0,
    )


def scheduled(number: int) -> Event:
    return event.task_scheduled(ScheduleTask(number, "a", "", None))


def answer(number: int) -> Event:
    return event.make(EventType.TaskCompleted, TaskScheduledId=number, Result="1")


def fired(number: int) -> Event:
    return event.make(EventType.TimerFired, TimerId=number, FireAt=OLD)


def child_ended(number: int) -> Event:
    kind = EventType.SubOrchestrationInstanceCompleted
    return event.make(kind, TaskScheduledId=number, Result="1")


ANSWERS = pytest.mark.parametrize("answering", [answer, fired, child_ended])
Answering = Callable[[int], Event]


def ended() -> Event:
    return event.make(EventType.ExecutionCompleted, 9, OrchestrationStatus="Completed", Result=None)


def history(*events: Event, at: str = OLD) -> History:
    return History("e1", (start(), *events), "etag", at)


def delivery(
    content: Event, execution_id: str | None = "e1", *, count: int = 1, instance_id: str = "i"
) -> Delivery:
    message = Message(content, Address(instance_id, execution_id))
    return Delivery(message, cast("HubQueue", None), QueueMessage("id", "r", "", count))


def parts(selection: Selection) -> tuple[list[Event], Sequence[Event], Sequence[Event]]:
    discarded = [d.message.event for d in selection.discarded]
    deferred = [d.message.event for d in selection.deferred]
    return selection.events, discarded, deferred


def selected(
    history: History, deliveries: Sequence[Delivery]
) -> tuple[list[Event], Sequence[Event], Sequence[Event]]:
    """Return the accepted, discarded and deferred events."""
    return parts(select_messages(history, deliveries))


def test_start_without_history_is_accepted_with_other_messages() -> None:
    raised = event.event_raised("item", "1")
    begin = start()
    selection = select_messages(NO_HISTORY, [delivery(raised, None), delivery(begin)])
    assert parts(selection) == ([raised, begin], [], [])
    assert (selection.base, selection.execution_id) == (NO_HISTORY, "e1")


def test_start_over_old_execution_keeps_only_its_etag() -> None:
    begin, late = start("e2"), answer(0)
    selection = select_messages(
        history(scheduled(0)), [delivery(begin, "e2"), delivery(late, "e1")]
    )
    assert parts(selection) == ([begin], [late], [])
    assert (selection.base, selection.execution_id) == (History(None, (), "etag", None), "e2")


def test_start_that_ran_already_is_discarded() -> None:
    again = start()
    assert selected(history(), [delivery(again)]) == ([], [again], [])


def test_start_whose_successor_is_running_is_discarded() -> None:
    lineage = "0123456789abcdef"
    again, running = start(f"{lineage}0"), f"{lineage}1"
    known = History(running, (start(running),), "etag", OLD)
    selection = select_messages(known, [delivery(again, f"{lineage}0", count=2)])
    assert parts(selection) == ([], [again], [])
    over = History(running, (start(running), ended()), "etag", OLD)
    selection = select_messages(over, [delivery(again, f"{lineage}0", count=2)])
    assert parts(selection) == ([], [again], [])


@ANSWERS
def test_answers_received_with_uncommitted_start_are_deferred(
    answering: Answering,
) -> None:
    """This happens when a worker is killed twice between sending and committing."""
    begin, first, second = start(), answering(0), answering(0)
    together = [delivery(first, count=6), delivery(begin), delivery(second)]
    assert selected(NO_HISTORY, together) == ([begin], [], [first, second])


@ANSWERS
def test_answer_is_accepted_once(answering: Answering) -> None:
    first, second = answering(0), answering(0)
    selection = select_messages(history(scheduled(0)), [delivery(first), delivery(second)])
    assert parts(selection) == ([first], [second], [])


@ANSWERS
def test_recorded_answer_is_discarded(answering: Answering) -> None:
    again = answering(0)
    selection = select_messages(history(scheduled(0), answering(0)), [delivery(again)])
    assert parts(selection) == ([], [again], [])


def test_answer_to_unrecorded_task_is_deferred_a_few_times() -> None:
    pending = answer(1)
    sent_before = history(scheduled(0), at=OLD)
    assert selected(sent_before, [delivery(pending)]) == ([], [], [pending])
    assert selected(sent_before, [delivery(pending, count=6)]) == ([], [pending], [])


def test_unexpected_answer_older_than_checkpoint_is_discarded() -> None:
    pending = answer(1)
    assert selected(history(scheduled(0), at=NEW), [delivery(pending)]) == (
        [],
        [pending],
        [],
    )


def test_message_for_earlier_generation_is_discarded() -> None:
    timer = fired(0)
    assert selected(history(at=NEW), [delivery(timer, "e0")]) == ([], [timer], [])


@pytest.mark.parametrize("past", [(), (ended(),)])
def test_message_for_later_execution_is_deferred_a_few_times(past: Sequence[Event]) -> None:
    """This happens when a worker is killed between sending and committing."""
    completion = child_ended(0)
    assert selected(history(*past), [delivery(completion, "e2")]) == ([], [], [completion])
    late = delivery(completion, "e2", count=6)
    assert selected(history(*past), [late]) == ([], [completion], [])


def test_messages_for_ended_instance_are_discarded() -> None:
    raised, completion = event.event_raised("item", "1"), answer(0)
    selection = select_messages(
        history(scheduled(0), ended()), [delivery(raised, None), delivery(completion)]
    )
    assert parts(selection) == ([], [raised, completion], [])


def test_event_for_unknown_instance_is_deferred_a_few_times() -> None:
    raised = event.event_raised("item", "1")
    assert selected(NO_HISTORY, [delivery(raised, None)]) == ([], [], [raised])
    assert selected(NO_HISTORY, [delivery(raised, None, count=6)]) == (
        [],
        [raised],
        [],
    )


def test_signal_starts_its_entity() -> None:
    signal = event.event_raised("op", "{}")
    selection = select_messages(NO_HISTORY, [delivery(signal, None, instance_id="@counter@a")])
    begin, taken = selection.events
    assert taken is signal
    assert begin["OrchestrationInstance"] == {
        "InstanceId": "@counter@a",
        "ExecutionId": selection.execution_id,
    }
    assert (begin["Name"], begin["Version"], begin["Generation"]) == ("@counter@a", "", None)


def test_redelivered_signal_starts_the_same_execution() -> None:
    signal = delivery(event.event_raised("op", "{}"), None, instance_id="@counter@a")
    assert (
        select_messages(NO_HISTORY, [signal]).execution_id
        == select_messages(NO_HISTORY, [signal]).execution_id
    )
