"""Detects orchestrations that continue as new forever without reading their events.

On the real extension they loop in memory until the process dies. Here they fail with an
explanation.
"""

from collections.abc import Sequence
from dataclasses import replace

from emulator.engine.model.executor import Complete, EpisodeOutcome, Event

LIMIT = 100
ADVICE = (
    "Orchestrator function '{name}' failed: it continued as new {limit} times in a row without "
    "waiting for anything, while the event '{event}' stayed unread. An event that is carried over "
    "is lost if the next generation cancels a timer and continues as new: the cancelled timer "
    "ends the race before the event is read. Do not cancel the timer before continue_as_new, or "
    "wait for events only, or for timers only."
)


class LoopDetector:
    """Counts, per instance, the consecutive one-episode generations that left events unread."""

    def __init__(self) -> None:
        self._iterations: dict[str, tuple[int, Sequence[Event]]] = {}

    def check(
        self, instance_id: str, name: str, outcome: EpisodeOutcome, *, one_episode: bool
    ) -> EpisodeOutcome:
        """Return the outcome, or a failure instead of it if the loop limit is reached.

        `one_episode` is True if the generation began in this episode.
        """
        end = outcome.decisions[-1] if outcome.decisions else None
        if not (isinstance(end, Complete) and end.carryover and one_episode):
            self._iterations.pop(instance_id, None)
            return outcome
        count, unread = self._iterations.get(instance_id, (0, ()))
        same = list(end.carryover[: len(unread)]) == list(unread)
        count = count + 1 if same else 1
        if count < LIMIT:
            self._iterations[instance_id] = (count, end.carryover)
            return outcome
        del self._iterations[instance_id]
        text = ADVICE.format(name=name, limit=LIMIT, event=end.carryover[0]["Name"])
        return replace(outcome, decisions=(Complete(end.event_id, "Failed", text, text),))
