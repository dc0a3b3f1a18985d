"""Detection of orchestrations that loop without reading their events."""

from emulator.durable.replay.loop_detector import LIMIT, LoopDetector
from emulator.engine.model import event as events
from emulator.engine.model.executor import Complete, EpisodeOutcome, Event

UNREAD = events.event_raised("wake", '"one"')


def generation(*carryover: Event) -> EpisodeOutcome:
    return EpisodeOutcome((Complete(0, "ContinuedAsNew", "null", carryover=carryover),))


LOOP = generation(UNREAD)


def test_hundred_generations_with_same_unread_event_fail() -> None:
    detector = LoopDetector()
    for _ in range(LIMIT - 1):
        assert detector.check("i", "monitor", LOOP, one_episode=True) == LOOP
    (end,) = detector.check("i", "monitor", LOOP, one_episode=True).decisions
    assert isinstance(end, Complete)
    assert end.status == "Failed"
    assert "'monitor' failed: it continued as new 100 times in a row" in str(end.result)
    assert "Do not cancel the timer before continue_as_new" in str(end.result)


def test_additional_unread_event_does_not_reset_count() -> None:
    detector = LoopDetector()
    other = events.event_raised("wake", '"two"')
    for _ in range(LIMIT - 1):
        detector.check("i", "monitor", LOOP, one_episode=True)
    (end,) = detector.check("i", "monitor", generation(UNREAD, other), one_episode=True).decisions
    assert isinstance(end, Complete)
    assert end.status == "Failed"


def test_generations_that_read_events_continue() -> None:
    detector = LoopDetector()
    queue = [events.event_raised("item", str(number)) for number in range(3 * LIMIT)]
    for number in range(len(queue) - 1):
        outcome = generation(*queue[number + 1 :])
        assert detector.check("i", "collector", outcome, one_episode=True) == outcome


def test_generations_that_wait_continue() -> None:
    detector = LoopDetector()
    for number in range(3 * LIMIT):
        one_episode = number % 2 == 0
        assert detector.check("i", "m", LOOP, one_episode=one_episode) == LOOP


def test_generations_without_events_continue() -> None:
    detector = LoopDetector()
    for _ in range(3 * LIMIT):
        assert detector.check("i", "countdown", generation(), one_episode=True) == generation()


def test_instances_are_counted_separately() -> None:
    detector = LoopDetector()
    for number in range(3 * LIMIT):
        instance = str(number % 4)
        if number < 4 * (LIMIT - 1):
            assert detector.check(instance, "m", LOOP, one_episode=True) == LOOP
