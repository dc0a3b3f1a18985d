"""Which messages an episode takes, against histories made by hand."""

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
    void = [d.message.event for d in selection.discarded]
    early = [d.message.event for d in selection.deferred]
    return selection.events, void, early


def test_a_start_without_history_is_taken_with_what_came_along() -> None:
    raised = event.event_raised("item", "1")
    begun = start()
    selection = select_messages(NO_HISTORY, [delivery(raised, None), delivery(begun)])
    assert parts(selection) == ([raised, begun], [], [])
    assert (selection.base, selection.execution_id) == (NO_HISTORY, "e1")


def test_a_start_over_an_old_execution_keeps_only_the_etag_of_it() -> None:
    begun, late = start("e2"), answer(0)
    selection = select_messages(
        history(scheduled(0)), [delivery(begun, "e2"), delivery(late, "e1")]
    )
    assert parts(selection) == ([begun], [late], [])
    assert (selection.base, selection.execution_id) == (History(None, (), "etag", None), "e2")


def test_a_start_that_was_run_already_is_void() -> None:
    again = start()
    assert parts(select_messages(history(), [delivery(again)])) == ([], [again], [])


def test_a_start_whose_successor_is_running_is_void() -> None:
    lineage = "0123456789abcdef"
    again, running = start(f"{lineage}0"), f"{lineage}1"
    known = History(running, (start(running),), "etag", OLD)
    selection = select_messages(known, [delivery(again, f"{lineage}0", count=2)])
    assert parts(selection) == ([], [again], [])
    over = History(running, (start(running), ended()), "etag", OLD)
    selection = select_messages(over, [delivery(again, f"{lineage}0", count=2)])
    assert parts(selection) == ([], [again], [])


@ANSWERS
def test_answers_that_come_with_the_start_wait_until_it_is_recorded_what_it_asked(
    answering: Answering,
) -> None:
    """The state after a kill between a start's messages and its commit, twice."""
    begun, first, second = start(), answering(0), answering(0)
    together = [delivery(first, count=6), delivery(begun), delivery(second)]
    assert parts(select_messages(NO_HISTORY, together)) == ([begun], [], [first, second])


@ANSWERS
def test_an_answer_is_taken_once(answering: Answering) -> None:
    first, second = answering(0), answering(0)
    selection = select_messages(history(scheduled(0)), [delivery(first), delivery(second)])
    assert parts(selection) == ([first], [second], [])


@ANSWERS
def test_an_answer_that_the_history_has_is_void(answering: Answering) -> None:
    again = answering(0)
    selection = select_messages(history(scheduled(0), answering(0)), [delivery(again)])
    assert parts(selection) == ([], [again], [])


def test_an_answer_to_what_is_not_yet_recorded_waits_a_few_times() -> None:
    news = answer(1)
    sent_before = history(scheduled(0), at=OLD)
    assert parts(select_messages(sent_before, [delivery(news)])) == ([], [], [news])
    assert parts(select_messages(sent_before, [delivery(news, count=6)])) == ([], [news], [])


def test_an_answer_that_is_older_than_the_checkpoint_and_not_awaited_is_void() -> None:
    news = answer(1)
    assert parts(select_messages(history(scheduled(0), at=NEW), [delivery(news)])) == (
        [],
        [news],
        [],
    )


def test_what_comes_for_an_earlier_generation_is_void() -> None:
    rung = fired(0)
    assert parts(select_messages(history(at=NEW), [delivery(rung, "e0")])) == ([], [rung], [])


@pytest.mark.parametrize("past", [(), (ended(),)])
def test_what_comes_for_a_later_execution_waits_a_few_times(past: Sequence[Event]) -> None:
    """The state after a kill between the messages of a new execution and its commit."""
    told = child_ended(0)
    assert parts(select_messages(history(*past), [delivery(told, "e2")])) == ([], [], [told])
    late = delivery(told, "e2", count=6)
    assert parts(select_messages(history(*past), [late])) == ([], [told], [])


def test_everything_for_an_instance_that_has_ended_is_void() -> None:
    raised, told = event.event_raised("item", "1"), answer(0)
    selection = select_messages(
        history(scheduled(0), ended()), [delivery(raised, None), delivery(told)]
    )
    assert parts(selection) == ([], [raised, told], [])


def test_an_event_for_nobody_waits_a_few_times() -> None:
    raised = event.event_raised("item", "1")
    assert parts(select_messages(NO_HISTORY, [delivery(raised, None)])) == ([], [], [raised])
    assert parts(select_messages(NO_HISTORY, [delivery(raised, None, count=6)])) == (
        [],
        [raised],
        [],
    )


def test_a_signal_begins_its_entity() -> None:
    signal = event.event_raised("op", "{}")
    selection = select_messages(NO_HISTORY, [delivery(signal, None, instance_id="@counter@a")])
    begun, taken = selection.events
    assert taken is signal
    assert begun["OrchestrationInstance"] == {
        "InstanceId": "@counter@a",
        "ExecutionId": selection.execution_id,
    }
    assert (begun["Name"], begun["Version"], begun["Generation"]) == ("@counter@a", "", None)


def test_the_same_signal_begins_the_same_execution_again() -> None:
    signal = delivery(event.event_raised("op", "{}"), None, instance_id="@counter@a")
    assert (
        select_messages(NO_HISTORY, [signal]).execution_id
        == select_messages(NO_HISTORY, [signal]).execution_id
    )
