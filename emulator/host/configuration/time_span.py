"""Time spans as .NET writes them: `[d.]hh:mm[:ss[.fffffff]]`."""

import re

_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(\.\d{1,7})?)?")


def parse(text: str) -> float | None:
    """Return the seconds of a time span, None if the text is none."""
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in span.groups()[:4])
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds + float(span[5] or 0)
