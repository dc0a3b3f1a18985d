"""Looks after what somebody else did to a line in Azure: an app deleted by hand is made again.

The work of a line is in its hub, so an app under the same names takes it up. Nothing is ever
deleted here: what is left over is told. Knows nothing of how an app is made.
"""

import logging

from router.adapters.orchestrations import Orchestrations
from router.core.errors import PASSING, PlatformFailed, Refusal
from router.core.model import Line, LineEvent, OperationKind
from router.wiring import Services

_log = logging.getLogger("router.mending")


async def mend(services: Services, line: Line, run: Orchestrations) -> None:
    """Begin a repair if the app of a serving line is not there; tell when it does not run."""
    try:
        app = await services.platform.app(line.function_app)
    except (*PASSING, PlatformFailed) as error:
        _log.warning("the app of line %s could not be looked at: %s", line.id, error)
        return
    if app is None:
        await _tell(services, line, f"function app {line.function_app} is gone: made again")
        try:
            await services.operations.begin(line.id, OperationKind.REPAIR, None, run)
        except Refusal as refusal:  # another operation was quicker
            _log.info("line %s is not repaired: %s", line.id, refusal)
    elif app.state != "Running":
        state = f"function app {line.function_app} is {app.state} in Azure: start it there"
        await _tell(services, line, state)


async def _tell(services: Services, line: Line, what: str) -> None:
    """Once for as long as it is so."""
    last = await services.catalog.events(line.id, 1)
    if not last or last[0].what != what:
        await services.catalog.add_event(line.id, LineEvent(services.now(), what))
