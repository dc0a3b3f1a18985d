"""The status of a parked start in Durable's shape, for as long as its instance does not exist.

It is Pending while it waits, Failed once the line's app has refused it permanently, and Terminated
when it was cancelled before it arrived.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.apps.forwarding import Start
from router.context import Context
from router.domain.errors import RouterError
from router.domain.instance_status import UNFINISHED
from router.domain.model import Operation, Orchestration, Progress
from router.domain.timestamps import rfc3339_seconds
from router.line_rows import get_line
from router.routing.rules import Park, resolve
from router.starts.cancellation import has_arrived
from router.starts.outcomes import rejection
from router.starts.parked_start import ParkedStart, input_of, park_id


@dataclass(frozen=True, slots=True)
class ParkedStatus:
    """A start that has not arrived, and its status as Durable's JSON."""

    parked: ParkedStart
    status: dict[str, Any]

    @property
    def has_ended(self) -> bool:
        """Return True if the start will not be forwarded."""
        return self.status["runtimeStatus"] not in UNFINISHED


async def parked_status(
    context: Context, instance_id: str, *, show_input: bool = True
) -> ParkedStatus | None:
    """Return the start parked under an id, or None if there is none or it has arrived."""
    held = await context.orchestrations.get(park_id(instance_id))
    if held is None or (not held.unfinished and _end(held) is None):
        return None
    parked = ParkedStart.from_dict(held.value)
    if await has_arrived(context, parked):
        return None
    shown = await _waiting(context, parked, held) if held.unfinished else _end(held)
    value = await input_of(context, parked) if show_input else None
    status = _status(parked.start, held.updated_at, shown or {}, value)
    return ParkedStatus(parked, status)


def _end(held: Orchestration) -> dict[str, Any] | None:
    """Return the end of a start that never arrived, or None for any other."""
    if held.runtime_status == "Terminated":
        return {"runtimeStatus": "Terminated", "output": held.output}
    if (detail := rejection(held.output)) is not None:
        return {"runtimeStatus": "Failed", "output": detail}
    return None


async def _waiting(context: Context, parked: ParkedStart, held: Orchestration) -> dict[str, Any]:
    line = await get_line(context.catalog, parked.requested.line)
    operation = await context.catalog.operation(line.operation) if line.operation else None
    waiting_for, step = "forwarding", _step(operation) or held.value.get("reason")
    try:
        decision = resolve(parked.requested, await context.snapshots.get())
    except RouterError as error:  # until its line gets a release that becomes healthy
        waiting_for, step = "failed", _step(operation) or error.detail
    else:
        if isinstance(decision, Park):
            waiting_for = decision.waiting_for
    waits = {
        "line": str(line.id),
        "waitingFor": waiting_for,
        "since": rfc3339_seconds(parked.start.since),
        "step": step,
    }
    return {"runtimeStatus": "Pending", "customStatus": {"router": waits}}


def _status(
    start: Start, updated_at: datetime | None, shown: Mapping[str, Any], value: str | None
) -> dict[str, Any]:
    return {
        "name": start.function,
        "instanceId": start.instance_id,
        "input": json.loads(value) if value else None,
        "customStatus": None,
        "output": None,
        "createdTime": rfc3339_seconds(start.since),
        "lastUpdatedTime": rfc3339_seconds(updated_at or start.since),
        **shown,
    }


def _step(operation: Operation | None) -> str | None:
    """Return the running step in readable form: await_health as "await health"."""
    steps = operation.steps if operation else ()
    step = next((each for each in steps if each.state is Progress.RUNNING), None)
    if step is None:
        return None
    name = step.name.replace("_", " ")
    return f"{name}: {step.detail}" if step.detail else name
