"""Looks after what a line's app should not be like: one deleted by hand is made again, one that
could not be put back after a patch is put back.

The work of a line is in its hub, so an app under the same names takes it up. Nothing is ever
deleted here: what is left over is told. Knows nothing of how an app is made.
"""

import logging
from collections.abc import Sequence

from router.context import Services
from router.domain.errors import PASSING, PlatformFailed, Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, LineEvent, OperationKind
from router.domain.version import LineId
from router.ports import Orchestrations
from router.recovery.service import left_over

_log = logging.getLogger("router.mending")


async def mend(services: Services, line: Line, lines: Sequence[Line], run: Orchestrations) -> None:
    """Begin a repair if the app of a serving line is not there, or not as it should be; tell when
    it does not run, and what is left over of other lines."""
    try:
        app = await services.platform.app(line.function_app)
        if app is None:
            await _repair(services, line, "is gone: made again", run)
        elif line.broken:
            await _repair(services, line, f"may not hold {line.release}: put in place again", run)
        elif app.state != "Running":
            state = f"function app {line.function_app} is {app.state} in Azure: start it there"
            await _tell(services, line.id, state)
        else:
            await _tell_left_over(services, line, lines)
    except (*PASSING, PlatformFailed) as error:
        _log.warning("Azure could not be looked at for line %s: %s", line.id, error)


async def _repair(services: Services, line: Line, why: str, run: Orchestrations) -> None:
    await _tell(services, line.id, f"function app {line.function_app} {why}")
    try:
        await services.operations.begin(line.id, OperationKind.REPAIR, None, run)
    except Refusal as refusal:  # another operation was quicker
        _log.info("line %s is not repaired: %s", line.id, refusal)


async def _tell_left_over(services: Services, line: Line, lines: Sequence[Line]) -> None:
    """One line looks for all: the highest active one."""
    if line.id != max((each.id for each in lines if each.state is LineState.ACTIVE), default=None):
        return
    for resource in await left_over(services, await services.platform.resources()):
        told = f"{resource.name} is left over in Azure, and nothing uses it: delete it there"
        await _tell(services, resource.line, told)


async def _tell(services: Services, line: LineId, what: str) -> None:
    """Once for as long as it is so."""
    last = await services.catalog.events(line, 1)
    if not last or last[0].what != what:
        await services.catalog.add_event(line, LineEvent(services.now(), what))
