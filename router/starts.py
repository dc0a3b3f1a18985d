"""Takes starts: decides where one belongs, forwards it or parks it. One of the two, always.

A start is answered only when its instance exists or its parking is durable. Knows no HTTP.
"""

from dataclasses import dataclass
from uuid import uuid4

from router import parking
from router.adapters.orchestrations import Orchestrations
from router.core import claims, instance_id
from router.core.errors import Changed, Exists, Unavailable, Unreadable
from router.core.instance_id import check, check_function
from router.core.model import Claim
from router.core.route import Forward, Park, admit, resolve
from router.core.version import Ask, LineId
from router.forwarding import Start, already_there
from router.wiring import Services


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller sent: `given_id` None asks the router for an id; `value` is JSON text."""

    ask: Ask | None
    function: str
    given_id: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A start that will run: its instance, and the line and release that serve it."""

    instance_id: str
    line: LineId
    version: str | None
    parked: bool


async def take(services: Services, wanted: Wanted, orchestrations: Orchestrations) -> Taken:
    """Forward the start, or park it. Raises RouterError, and then nothing was started."""
    check_function(wanted.function)
    now = services.now()
    snapshot = await services.snapshots.get()
    decision = resolve(wanted.ask, snapshot)
    line_id = decision.line.id if isinstance(decision, Forward) else decision.line
    settings = services.settings
    admit(snapshot.lines[line_id], snapshot, settings.max_lines, settings.monitor_seconds)
    name = wanted.given_id or instance_id.make(line_id, uuid4().hex)
    if wanted.given_id is not None:
        check(name, line_id)
        await _claim(services, name, line_id)
    start = Start(wanted.function, name, wanted.value, now)
    if isinstance(decision, Forward) and await services.forwarding.send(decision.line, start):
        return Taken(name, line_id, str(decision.release), parked=False)
    if not await parking.park(start, line_id, wanted.ask, orchestrations) and wanted.given_id:
        raise already_there(name)
    version = None if isinstance(decision, Park) else str(decision.release)
    return Taken(name, line_id, version, parked=True)


async def _claim(services: Services, name: str, line: LineId) -> None:
    """Make a caller's id this line's own, or Refusal 409 id-taken."""
    try:
        await services.catalog.add_claim(Claim(name, line))
    except Exists:
        await _judge_claim(services, name, line)
    except Unreadable as error:
        raise _unclaimed() from error


async def _judge_claim(services: Services, name: str, line: LineId) -> None:
    for _ in range(5):
        held = await services.catalog.claim(name)
        if held is None or held.line == line:
            return
        owner = await services.tracking.owner(name)
        moved = claims.decide(held, line, owner.runtime_status if owner else None)
        try:
            await services.catalog.replace_claim(moved)
            return
        except Changed:
            continue
    raise _unclaimed()


def _unclaimed() -> Unavailable:
    detail = "The id could not be claimed in the catalog. Nothing was started. Try again shortly."
    return Unavailable("catalog-unavailable", detail)
