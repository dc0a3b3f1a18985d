"""Texts of others (Azure, the apps' hosts), fit to be kept and shown: no secret in them, and short.

They are kept in the catalog and in histories, and shown to people and callers. A secret is known by
its name, by its form or by its value; an address goes as a whole, for the host and the signature in
it. Knows nothing of where the texts come from.
"""

import re
from collections.abc import Iterable

GONE = "…"
_LONGEST = 1_000  # characters
_SHORTEST_SECRET = 8  # characters; anything shorter is in too many innocent texts
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s;\"'<>]+", re.IGNORECASE)
_VALUE = r"(?:\"[^\"]*\"?|'[^']*'?|[^\s;&\"']+)"
_NAMED = re.compile(
    # AccountKey=…, sig=…, "password": "…"; of `key` and `code` alone only what follows a =
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


def fit(text: str, secrets: Iterable[str] = (), *, longest: int = _LONGEST) -> str:
    """The text without secrets, cut. `secrets`: values that it must not have in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, GONE)
    text = _BEARER.sub(rf"\1 {GONE}", _ADDRESS.sub(GONE, text))
    text = _BASE64.sub(GONE, _NAMED.sub(rf"\1{GONE}", text))
    return text if len(text) <= longest else text[: longest - 1] + GONE
