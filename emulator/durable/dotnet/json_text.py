"""JSON text as the real extension writes it: no blanks, no escapes that are not needed.

Rows, messages and outputs are compared byte by byte with recordings, hence one place for it.
"""

import json
from typing import Any


def compact(value: Any) -> str:
    """The value as JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def or_none(value: Any) -> str | None:
    """The value as JSON text; None stays None, as .NET's serializer leaves null."""
    return None if value is None else compact(value)


def or_text(text: str | None) -> Any:
    """The value that a JSON text stands for; a text that is not JSON stands for itself."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
