"""A start that was parked, in the shape of Durable's status: as long as its instance is not there.

It is Pending while it waits, Failed once the line's app has refused it for good, Terminated when
it was ended before it arrived. Knows nothing of how it is brought to its line.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from router.apps.forwarding import Start
from router.context import Services
from router.domain.errors import RouterError
from router.domain.model import Operation, Orchestration, Progress
from router.domain.resource_names import park_id
from router.domain.timestamps import to_seconds
from router.ports import Orchestrations
from router.routing.rules import Park, resolve
from router.starts.parked_start import Order


async def parked_status(
    services: Services, instance_id: str, run: Orchestrations, *, show_input: bool = True
) -> tuple[Order, dict[str, Any]] | None:
    """What was parked under an id, and its status; None when the instance has arrived, or nothing
    was parked."""
    held = await run.look(park_id(instance_id))
    if held is None or (not held.unfinished and _end(held) is None):
        return None
    order = Order.from_dict(held.value)
    if await services.forwarding.is_there(order.start):
        return None
    shown = await _waiting(services, order, held) if held.unfinished else _end(held)
    return order, _status(order.start, held.updated_at, shown or {}, show_input=show_input)


def _end(held: Orchestration) -> dict[str, Any] | None:
    """What came of a start that never arrived; None for any other."""
    if held.runtime_status == "Terminated":
        return {"runtimeStatus": "Terminated", "output": held.output}
    if isinstance(held.output, Mapping) and held.output.get("state") == "refused":
        return {"runtimeStatus": "Failed", "output": held.output.get("detail")}
    if held.runtime_status == "Failed":  # a defect: nobody brings it to its line any more
        return {"runtimeStatus": "Failed", "output": "The start could not be kept. Send it anew."}
    return None


async def _waiting(services: Services, order: Order, held: Orchestration) -> dict[str, Any]:
    line = await services.operations.line(order.ask.line)
    operation = await services.catalog.operation(line.operation) if line.operation else None
    waiting_for, step = "forwarding", _step(operation) or held.value.get("why")
    try:
        decision = resolve(order.ask, await services.snapshots.get())
    except RouterError as error:  # until its line gets a release that comes up
        waiting_for, step = "failed", _step(operation) or error.detail
    else:
        if isinstance(decision, Park):
            waiting_for = decision.why
    waits = {
        "line": str(line.id),
        "waitingFor": waiting_for,
        "since": to_seconds(order.start.since),
        "step": step,
    }
    return {"runtimeStatus": "Pending", "customStatus": {"router": waits}}


def _status(
    start: Start, updated_at: datetime | None, shown: Mapping[str, Any], *, show_input: bool
) -> dict[str, Any]:
    return {
        "name": start.function,
        "instanceId": start.instance_id,
        "input": json.loads(start.value) if start.value and show_input else None,
        "customStatus": None,
        "output": None,
        "createdTime": to_seconds(start.since),
        "lastUpdatedTime": to_seconds(updated_at or start.since),
        **shown,
    }


def _step(operation: Operation | None) -> str | None:
    """The step that runs, in words: await_health reads "await health"."""
    steps = operation.steps if operation else ()
    running = (each for each in steps if each.state is Progress.RUNNING)
    found = next(running, None)
    if found is None:
        return None
    name = found.name.replace("_", " ")
    return f"{name}: {found.detail}" if found.detail else name
