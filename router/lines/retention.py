"""What a retired line left (rows, large messages): kept for its time, then removed, by its name.

An orchestration of the router's own, one per retired line, waits for the end of that time and
begins a sweep, an operation whose steps are here too. A line that is brought back is left alone.
Knows nothing of how rows are found and deleted.
"""

from typing import Final

from router.context import Services
from router.domain import line_transitions
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind
from router.domain.resource_names import retain_id
from router.domain.version import LineId
from router.operations.step import Waiting, Work
from router.ports import Orchestrations
from router.starts import claims

RETAIN: Final = "retain_line"
_AT_A_TIME = 60.0  # seconds that claims are gone through in one call
_LONGEST_PAUSE = 3600.0  # seconds; a line may be brought back and retired again meanwhile


async def begin(line: Line, orchestrations: Orchestrations) -> None:
    """See that somebody waits for the end of the line's retention. Doing it again does nothing."""
    if line.proof is not None and line.proof.until is not None and line.proof.swept_at is None:
        await orchestrations.start(RETAIN, retain_id(line.id), {"line": str(line.id)})


async def watch(
    services: Services, line_id: LineId, orchestrations: Orchestrations
) -> float | None:
    """One lap: seconds until the next one; None when there is nothing (more) to wait for."""
    line = await services.catalog.line(line_id)
    proof = line.proof if line else None
    if line is None or line.state is not LineState.RETIRED or proof is None:
        return None
    if proof.until is None or proof.swept_at is not None:
        return None
    if line.operation is not None:
        await services.operations.resume(line, orchestrations)
    elif (left := (proof.until - services.now()).total_seconds()) > 0:
        return min(left, _LONGEST_PAUSE)
    else:
        await services.operations.begin(line_id, OperationKind.SWEEP, None, orchestrations)
    return services.settings.monitor_seconds


async def delete_rows(work: Work) -> str | Waiting:
    changed = await work.services.hub.delete_rows(work.line.task_hub)
    if changed:
        return Waiting(f"{changed} instances changed meanwhile, and are looked at again")
    return f"no row of task hub {work.line.task_hub} is left in the tracking store"


async def delete_large_messages(work: Work) -> str | Waiting:
    await work.services.hub.delete_large_messages(work.line.task_hub)
    return f"container {work.line.task_hub.lower()}-largemessages is gone"


async def forget_claims(work: Work) -> str | Waiting:
    """A claim that is held by a start which is under way, or parked, stays."""
    services, line = work.services, work.line
    until = services.ticks() + _AT_A_TIME
    async for claim in services.catalog.claims(line.id):
        if services.ticks() > until:
            return Waiting("the claims of its callers' ids are being forgotten")
        await claims.forget(services, claim.instance_id, line, work.orchestrations)
    return "the claims of its callers' ids are forgotten"


async def close_sweep(work: Work) -> str | Waiting:
    if work.line.operation == work.operation.id:
        await work.services.catalog.replace_line(
            line_transitions.swept(work.line, work.services.now())
        )
    return f"nothing of task hub {work.line.task_hub} is left"
