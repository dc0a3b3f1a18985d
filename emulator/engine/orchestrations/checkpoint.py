"""Computes the checkpoint of an orchestration by running its code.

Runs one episode and, when the orchestration continues as new, the following generations too. As in
the real dispatcher this happens in memory, with one checkpoint at the end.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model.executor import Episode, Event, Executor
from emulator.engine.orchestrations import episode


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The messages to send and the events to store.

    `past_count` events of this execution are stored already; `custom_status` is JSON text.
    """

    execution_id: str
    past_count: int
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    custom_status: str


async def run_to_checkpoint(
    executor: Executor, me: Address, past: Sequence[Event], received: Sequence[Event]
) -> Checkpoint | None:
    """Run the episode of the received events, or return None if its version is rejected."""
    new = episode.initial_events(received)
    messages: list[Message] = []
    while True:
        outcome = await executor.run_episode(
            Episode(me.instance_id, me.execution_id or "", past, new)
        )
        if outcome.rejected:
            return None
        result = episode.apply_decisions(outcome.decisions, me, [*past, *new])
        messages.extend(result.messages)
        if result.successor is None:
            break
        past, new = [], episode.continued_events(result.successor, result.carryover)
        me = Address(me.instance_id, result.successor["OrchestrationInstance"]["ExecutionId"])
        await asyncio.sleep(0)  # generations without a wait must not starve other tasks
    return Checkpoint(
        me.execution_id or "",
        len(past),
        episode.with_completion([*episode.as_played(new), *result.events]),
        tuple(messages),
        outcome.custom_status or "null",
    )
