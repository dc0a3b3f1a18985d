"""The tokens with which clients ask for the next page of a list."""

import base64
import json
from collections.abc import Mapping


def parse(token: str | None) -> dict[str, str]:
    """Return where a page begins, empty for the first one. Raises ValueError."""
    if not token:
        return {}
    start = json.loads(base64.b64decode(token, validate=True))
    if not isinstance(start, dict):
        raise ValueError(f"{token} is no continuation token")  # noqa: TRY004 - of the same kind
    return {str(name): str(value) for name, value in start.items()}


def to_text(start: Mapping[str, str]) -> str:
    """Return the token of the page that begins there."""
    return base64.b64encode(json.dumps(start).encode()).decode()
