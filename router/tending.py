"""Sees that every line is looked after: what holds it runs, and somebody watches it.

A line is given all that when something is begun on it; what a crash, or the end of a monitor at
the wrong moment, has left without is found here. Knows nothing of what is done to a line.
"""

from collections.abc import Sequence

from router import retention
from router.core.model import Line
from router.core.states import LineState
from router.ports import Orchestrations
from router.services import Services


async def tend(services: Services, lines: Sequence[Line], run: Orchestrations) -> None:
    """Start what should be at work for each of the lines. Doing it again does nothing."""
    for line in lines:
        if line.operation is not None:
            await services.operations.resume(line, run)
        elif line.state is LineState.RETIRED:
            await retention.begin(line, run)
        elif line.state is not LineState.REGISTERED:
            await services.operations.see_watched(line.id, run)
