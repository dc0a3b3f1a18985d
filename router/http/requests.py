"""Read requests: the body, flags, and the router's own URL."""

import json
from typing import NoReturn
from urllib.parse import urlsplit

import azure.functions as func

from router.domain.errors import Refusal


def own_url(req: func.HttpRequest) -> str:
    """Return the router's base URL as the caller sees it: https://host/api."""
    parts = urlsplit(req.url)
    return f"{parts.scheme}://{parts.netloc}/api"


def flag(req: func.HttpRequest, name: str, *, default: bool = False) -> bool:
    """Return True if a query parameter is true. Anything else is False."""
    return bool(req.params.get(name, str(default)).lower() == "true")


def body_within(req: func.HttpRequest, limit: int) -> bytes:
    """Return the body, of at most `limit` bytes. Raises Refusal 413 body-too-large."""
    body: bytes = req.get_body()
    check_size(body, limit, "body-too-large", "Send less, or a reference to it.")
    return body


def json_text(req: func.HttpRequest, limit: int) -> str:
    """Return the body as JSON text, or "" for none.

    Raises Refusal 413 body-too-large or 400 bad-body.
    """
    body = body_within(req, limit)
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
    """Raise Refusal 413 if the body is longer than the limit."""
    if len(body) > limit:
        detail = f"The body has {len(body):,} bytes; at most {limit:,} are accepted. {advice}"
        raise Refusal(413, code, detail, limit=limit)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
