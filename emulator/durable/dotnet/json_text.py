"""JSON text as the real extension writes it: compact and without unnecessary escapes.

Rows, messages and outputs are compared with recordings byte by byte.
"""

import json
from typing import Any


def compact(value: Any) -> str:
    """Return the value as compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def compact_or_none(value: Any) -> str | None:
    """Return the value as JSON text, or None for None, as .NET's serializer omits null."""
    return None if value is None else compact(value)


def parse_or_text(text: str | None) -> Any:
    """Return the value of a JSON text, or the text itself if it is not JSON."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
