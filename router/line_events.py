"""Record what is seen of a line again and again as one event."""

from datetime import timedelta

from router.domain.model import LineEvent
from router.domain.version import LineId
from router.ports import Catalog, Clock

_LATEST = 20  # events to look for the same text in
_AGAIN = timedelta(days=1)  # an unchanged state is recorded again after that


async def record_once(catalog: Catalog, now: Clock, line: LineId, what: str) -> None:
    """Record an event, unless one of the line's latest says the same."""
    at = now()
    for event in await catalog.events(line, _LATEST):
        if event.what == what and at - event.at < _AGAIN:
            return
    await catalog.add_event(line, LineEvent(at, what))
