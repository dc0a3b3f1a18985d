"""What one turn of an orchestration leaves behind, worked out by asking the code.

Drives the executor through one episode and, when it continues as new, on through the following
generations, as the real dispatcher does: in memory, one checkpoint at the end. Stores nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model.executor import Event, Executor, Turn
from emulator.engine.orchestrations import episode


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is to be sent, then stored. `past_count` events of this execution are stored already;
    `custom_status` is JSON text."""

    execution_id: str
    past_count: int
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    custom_status: str


async def work_out(
    executor: Executor, me: Address, past: Sequence[Event], taken: Sequence[Event]
) -> Checkpoint | None:
    """Run the episode that the taken events make; None if the code's version rejects it."""
    new = episode.opening(taken)
    messages: list[Message] = []
    while True:
        outcome = await executor.run_turn(Turn(me.instance_id, me.execution_id or "", past, new))
        if outcome.rejected:
            return None
        result = episode.apply(outcome.decisions, me, [*past, *new])
        messages.extend(result.messages)
        if result.successor is None:
            break
        past, new = [], episode.reopening(result.successor, result.carryover)
        me = Address(me.instance_id, result.successor["OrchestrationInstance"]["ExecutionId"])
        await asyncio.sleep(0)  # laps that wait for nothing must not stop everything else
    return Checkpoint(
        me.execution_id or "",
        len(past),
        episode.closed([*episode.played(new), *result.events]),
        tuple(messages),
        outcome.custom_status or "null",
    )
