"""What one turn of an orchestration leaves behind, worked out by asking the code.

Drives the executor through one episode and, when it continues as new, on through the following
generations, as the real dispatcher does: in memory, one checkpoint at the end. Stores nothing.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.engine import episode, event
from emulator.engine.envelope import Address, Message
from emulator.engine.event import EventType
from emulator.engine.turn import Complete, Event, Executor, Outcome, Turn

_LOG = logging.getLogger(__name__)
_MOST_GENERATIONS = 100


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is to be sent, then stored. `past_count` events of this execution are stored already;
    `custom_status` is None when the code was not asked."""

    execution_id: str
    past_count: int
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    custom_status: str | None
    ended: bool


async def work_out(
    executor: Executor, me: Address, past: Sequence[Event], taken: Sequence[Event]
) -> Checkpoint | None:
    """Run the episode that the taken events make; None if the code's version rejects it."""
    new = episode.opening(taken)
    messages: list[Message] = []
    status: str | None = None
    for generation in range(1, 1_000_000_000):
        outcome = await _ask(executor, me, past, new)
        if outcome.rejected:
            return None
        if outcome.custom_status is not None:
            status = outcome.custom_status
        outcome = _stop_spinning(outcome, me, generation)
        result = episode.apply(outcome.decisions, me, [*past, *new])
        messages.extend(result.messages)
        if result.end is None or result.end.status != "ContinuedAsNew":
            break
        me, past, new = _continue(result.end, me, [*past, *new])
        await asyncio.sleep(0)
    events = _closed([*episode.played(new), *result.events])
    return Checkpoint(
        me.execution_id or "",
        len(past),
        events,
        tuple(messages),
        status,
        ended=result.end is not None,
    )


async def _ask(
    executor: Executor, me: Address, past: Sequence[Event], new: Sequence[Event]
) -> Outcome:
    terminated = episode.termination(past, new)
    if terminated:
        return Outcome([terminated], _first_status(new))
    shown_past, shown_new = episode.visible(past, new)
    if not episode.asks_for_code(shown_new):
        return Outcome((), _first_status(new))
    outcome = await executor.run_turn(
        Turn(me.instance_id, me.execution_id or "", shown_past, shown_new)
    )
    if outcome.rejected or outcome.custom_status is not None:
        return outcome
    return Outcome(outcome.decisions, "null")


def _first_status(new: Sequence[Event]) -> str | None:
    begins = any(e["EventType"] == EventType.ExecutionStarted for e in new)
    return "null" if begins else None


def _continue(
    end: Complete, me: Address, events: Sequence[Event]
) -> tuple[Address, list[Event], list[Event]]:
    old = next(e for e in events if e["EventType"] == EventType.ExecutionStarted)
    start = episode.next_generation(end, me, old)
    execution_id = start["OrchestrationInstance"]["ExecutionId"]
    new = [
        event.make(EventType.OrchestratorStarted),
        start,
        *end.carryover,
        event.make(EventType.OrchestratorCompleted),
    ]
    return Address(me.instance_id, execution_id), [], new


def _stop_spinning(outcome: Outcome, me: Address, generation: int) -> Outcome:
    """The real engine would go on for ever, in memory, and say nothing."""
    end = next((d for d in outcome.decisions if isinstance(d, Complete)), None)
    if generation < _MOST_GENERATIONS or end is None or not end.carryover:
        return outcome
    names = ", ".join(sorted({str(e.get("Name")) for e in end.carryover}))
    text = (
        f"{me.instance_id} continued as new {_MOST_GENERATIONS} times in one turn and never read "
        f"the event it carries over ({names}). On Azure this is a hot loop without end: do not "
        "cancel a timer and continue as new in a lap that waited on timer or event."
    )
    _LOG.error(text)
    return Outcome([Complete(end.event_id, "Failed", text)], outcome.custom_status)


def _closed(events: list[Event]) -> tuple[Event, ...]:
    if events[-1]["EventType"] != EventType.OrchestratorCompleted:
        events.append(event.make(EventType.OrchestratorCompleted))
    return tuple(events)
