"""An orchestration that spins without reading its events is failed with advice; others are not."""

from emulator.durable.replay.loop_detector import LIMIT, LoopDetector
from emulator.engine.model import event as events
from emulator.engine.model.executor import Complete, EpisodeOutcome, Event

UNREAD = events.event_raised("wake", '"one"')


def lap(*carryover: Event) -> EpisodeOutcome:
    return EpisodeOutcome((Complete(0, "ContinuedAsNew", "null", carryover=carryover),))


def test_a_hundred_laps_with_the_same_event_unread_fail() -> None:
    loops = LoopDetector()
    for _ in range(LIMIT - 1):
        assert loops.check("i", "monitor", lap(UNREAD), one_episode=True) == lap(UNREAD)
    (end,) = loops.check("i", "monitor", lap(UNREAD), one_episode=True).decisions
    assert isinstance(end, Complete)
    assert end.status == "Failed"
    assert "'monitor' failed: it continued as new 100 times in a row" in str(end.result)
    assert "Do not cancel the timer before continue_as_new" in str(end.result)


def test_an_event_that_joins_the_unread_ones_changes_nothing() -> None:
    loops = LoopDetector()
    other = events.event_raised("wake", '"two"')
    for _ in range(LIMIT - 1):
        loops.check("i", "monitor", lap(UNREAD), one_episode=True)
    (end,) = loops.check("i", "monitor", lap(UNREAD, other), one_episode=True).decisions
    assert isinstance(end, Complete)
    assert end.status == "Failed"


def test_laps_that_read_an_event_each_go_on() -> None:
    loops = LoopDetector()
    queue = [events.event_raised("item", str(number)) for number in range(3 * LIMIT)]
    for number in range(len(queue) - 1):
        outcome = lap(*queue[number + 1 :])
        assert loops.check("i", "collector", outcome, one_episode=True) == outcome


def test_laps_that_wait_for_something_go_on() -> None:
    loops = LoopDetector()
    for number in range(3 * LIMIT):
        one_episode = number % 2 == 0
        assert loops.check("i", "m", lap(UNREAD), one_episode=one_episode) == lap(UNREAD)


def test_laps_without_events_go_on() -> None:
    loops = LoopDetector()
    for _ in range(3 * LIMIT):
        assert loops.check("i", "countdown", lap(), one_episode=True) == lap()


def test_instances_are_counted_apart() -> None:
    loops = LoopDetector()
    for number in range(3 * LIMIT):
        instance = str(number % 4)
        if number < 4 * (LIMIT - 1):
            assert loops.check(instance, "m", lap(UNREAD), one_episode=True) == lap(UNREAD)
