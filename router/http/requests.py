"""What a caller sent as a body: its size and its form, checked before anything else happens.

Knows no routes and keeps nothing.
"""

import json
from typing import NoReturn

from router.domain.errors import Refusal


def json_text(body: bytes, limit: int) -> str:
    """The body as JSON text, "" for none. Refusal 413 body-too-large or 400 bad-body."""
    check_size(body, limit, "body-too-large", "Send less, or a reference to it.")
    if not body.strip():
        return ""
    try:
        text = body.decode("utf-8-sig")
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        detail = f"The body is not JSON in UTF-8 ({error}). Send a JSON value, or no body at all."
        raise Refusal(400, "bad-body", detail) from error
    return text


def check_size(body: bytes, limit: int, code: str, advice: str) -> None:
    """Refusal 413 when the body is longer than the limit."""
    if len(body) > limit:
        detail = f"The body has {len(body):,} bytes; at most {limit:,} are taken. {advice}"
        raise Refusal(413, code, detail, limit=limit)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
