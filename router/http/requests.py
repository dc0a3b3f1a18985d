"""What a caller sent: the body's size and form, flags, and the address of this router."""

import json
from typing import NoReturn
from urllib.parse import urlsplit

import azure.functions as func

from router.domain.errors import Refusal


def own_url(req: func.HttpRequest) -> str:
    """Return where this router answers, as the caller sees it: https://host/api."""
    parts = urlsplit(req.url)
    return f"{parts.scheme}://{parts.netloc}/api"


def flag(req: func.HttpRequest, name: str, *, default: bool = False) -> bool:
    """Return whether a query parameter is true; anything else but true is false."""
    return bool(req.params.get(name, str(default)).lower() == "true")


def json_text(body: bytes, limit: int) -> str:
    """Return the body as JSON text, "" for none.

    Raises Refusal 413 body-too-large or 400 bad-body.
    """
    check_size(body, limit, "body-too-large", "Send less, or a reference to it.")
    if not body.strip():
        return ""
    try:
        text = body.decode("utf-8-sig")
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        detail = f"The body is not JSON in UTF-8 ({error}). Send a JSON value, or no body at all."
        raise Refusal(400, "bad-body", detail) from error
    return text


def check_size(body: bytes, limit: int, code: str, advice: str) -> None:
    """Raise Refusal 413 when the body is longer than the limit."""
    if len(body) > limit:
        detail = f"The body has {len(body):,} bytes; at most {limit:,} are accepted. {advice}"
        raise Refusal(413, code, detail, limit=limit)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
