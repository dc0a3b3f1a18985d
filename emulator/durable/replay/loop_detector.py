"""Notices an orchestration that continues as new for ever without ever reading its events.

On the real extension this runs in memory until the process dies. Here it fails, and says why.
Knows only outcomes.
"""

from collections.abc import Sequence
from dataclasses import replace

from emulator.engine.model.executor import Complete, Event, Outcome

LIMIT = 100
ADVICE = (
    "Orchestrator function '{name}' failed: it continued as new {limit} times in a row without "
    "waiting for anything, while the event '{event}' stayed unread. An event that is carried over "
    "is lost to a lap that cancels a timer and then continues as new: the cancelled timer ends the "
    "race before the event is read. Do not cancel the timer before continue_as_new, or wait for "
    "events only, or for timers only."
)


class HotLoops:
    """Counts, per instance, the laps in a row that took one turn each and left events unread."""

    def __init__(self) -> None:
        self._laps: dict[str, tuple[int, Sequence[Event]]] = {}

    def watch(self, instance_id: str, name: str, outcome: Outcome, *, one_turn: bool) -> Outcome:
        """The outcome, or a failure in its place. `one_turn`: the lap began in this very turn."""
        end = outcome.decisions[-1] if outcome.decisions else None
        if not (isinstance(end, Complete) and end.carryover and one_turn):
            self._laps.pop(instance_id, None)
            return outcome
        count, unread = self._laps.get(instance_id, (0, ()))
        same = list(end.carryover[: len(unread)]) == list(unread)
        count = count + 1 if same else 1
        if count < LIMIT:
            self._laps[instance_id] = (count, end.carryover)
            return outcome
        del self._laps[instance_id]
        text = ADVICE.format(name=name, limit=LIMIT, event=end.carryover[0]["Name"])
        return replace(outcome, decisions=(Complete(end.event_id, "Failed", text, text),))
