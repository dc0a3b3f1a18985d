"""The names of events, which Durable takes as a segment of a path."""

from urllib.parse import quote

from router.domain.errors import Refusal
from router.domain.texts.carriers import SEGMENT_RULE, segment_problem

_MAX_ENCODED = 4096  # of the 8 KiB of a request line


def check_event_name(name: str) -> str:
    """Return the name, or raise Refusal 400 bad-event-name."""
    problem = segment_problem(name)
    if problem is None and len(quote(name, safe="")) > _MAX_ENCODED:
        problem = f"has more than {_MAX_ENCODED:,} characters once it is encoded for a URL"
    if problem:
        detail = f"The event's name {problem}. A name has {SEGMENT_RULE}."
        raise Refusal(400, "bad-event-name", detail)
    return name
