"""Removes secrets from texts of Azure and of the apps' hosts before they are stored and shown.

A secret is recognized by its name, its form or its value. URLs are removed whole, because of the
host and the signature in them.
"""

import re
from collections.abc import Iterable

REDACTED = "…"
_LONGEST = 1_000  # characters
_SHORTEST_SECRET = 8  # characters; shorter values occur in too many harmless texts
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s;\"'<>]+", re.IGNORECASE)
_VALUE = r"(?:\"[^\"]*\"?|'[^']*'?|[^\s;&\"']+)"
_NAMED = re.compile(
    # AccountKey=…, sig=…, "password": "…"; `key` and `code` alone only before a =
    rf"""(
        \b[\w.-]*(?:sig|signature|secret|password|passwd|pwd|token|credential|authorization)
        ["']?\s*[=:]\s*
      | \b\w+[_.-]?key["']?\s*[=:]\s*
      | \b(?:key|code)=
    ){_VALUE}""",
    re.IGNORECASE | re.VERBOSE,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.+/=~-]{8,}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={1,2}(?![\w…])")  # keys of storage and of functions


def redact(text: str, secrets: Iterable[str] = (), *, longest: int = _LONGEST) -> str:
    """Return the text without secrets, cut to `longest` characters.

    `secrets` are values that it must not contain.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, REDACTED)
    text = _BEARER.sub(rf"\1 {REDACTED}", _URL.sub(REDACTED, text))
    text = _BASE64.sub(REDACTED, _NAMED.sub(rf"\1{REDACTED}", text))
    return text if len(text) <= longest else text[: longest - 1] + REDACTED
