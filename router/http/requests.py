"""Read requests: the body, the parameters, and the address that the caller used."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from router.domain.errors import Refusal
from router.domain.texts.json_text import checked_json
from router.settings import Settings

_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")


def own_url(settings: Settings, req: func.HttpRequest) -> str:
    """Return the router's base URL as the caller sees it: https://host/api."""
    if settings.public_url:
        return f"{settings.public_url}/api"
    parts = urlsplit(req.url)
    scheme, host = parts.scheme, parts.netloc
    if settings.trust_forwarded:
        host = _forwarded(req, "X-Forwarded-Host", _HOST) or host
        scheme = _forwarded(req, "X-Forwarded-Proto", re.compile("https?")) or scheme
    return f"{scheme}://{host}/api"


def parameters(req: func.HttpRequest) -> Mapping[str, str]:
    """Return the parameters of the query by their names in lower case.

    They are read from the URL, because Azure leaves parameters without a value out of `params`. A
    name that occurs several times, in whatever case, has its values joined by commas, as in Azure.
    Bytes that are not UTF-8 become lone surrogates, which no text may contain.
    """
    found: dict[str, str] = {}
    query = urlsplit(req.url).query
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        key = name.lower()
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


def flag(query: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Return True if a parameter is true, and False if it is anything else."""
    return (query.get(name.lower()) or str(default)).lower() == "true"


def refuse_chunked(req: func.HttpRequest) -> None:
    """Raise Refusal 411 length-required for a body that Azure does not pass to a function."""
    if req.headers.get("Transfer-Encoding", "identity").lower() != "identity":
        detail = (
            "The body was sent in chunks (Transfer-Encoding: chunked), which Azure does not pass "
            "on. Nothing was done. Send the body with a Content-Length."
        )
        raise Refusal(411, "length-required", detail)


def body_within(req: func.HttpRequest, limit: int) -> bytes:
    """Return the body, of at most `limit` bytes. Raises Refusal 413 body-too-large."""
    body: bytes = req.get_body()
    check_size(body, limit, "body-too-large", "Send less, or a reference to it.")
    return body


def json_text(req: func.HttpRequest, limit: int) -> str:
    """Return the body as JSON text, or "" for none.

    Raises Refusal 413 body-too-large, 400 bad-body or body-too-deep.
    """
    body = body_within(req, limit)
    if not body.strip():
        return ""
    try:
        text = body.decode("utf-8-sig")
    except ValueError as error:
        detail = f"The body is not JSON in UTF-8 ({error}). Send a JSON value, or no body at all."
        raise Refusal(400, "bad-body", detail) from error
    return checked_json(text)


def check_size(body: bytes, limit: int, code: str, advice: str) -> None:
    """Raise Refusal 413 if the body is longer than the limit."""
    if len(body) > limit:
        detail = f"The body has {len(body):,} bytes; at most {limit:,} are accepted. {advice}"
        raise Refusal(413, code, detail, limit=limit)


def _forwarded(req: func.HttpRequest, name: str, form: re.Pattern[str]) -> str | None:
    """Return what the first gateway noted in a header, or None if it is absent or malformed."""
    noted: str = req.headers.get(name, "").partition(",")[0].strip()
    return noted if form.fullmatch(noted) else None
