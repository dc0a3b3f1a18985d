"""The header Set-Cookie, which the host parses and writes in its own way."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

# In the order in which ASP.NET Core writes them.
VALUES = ("expires", "max-age")
ALWAYS = ("domain", "path")
FLAGS = ("secure", "samesite", "httponly")


def rewritten(text: str) -> str:
    """Return a cookie as the host writes it, or the text itself if it is malformed."""
    try:
        found = list(SimpleCookie(text).values())
    except CookieError:
        return text
    if not found:
        return text
    cookie = found[0]
    parts = [f"{cookie.key}={quote(cookie.value, safe='-._~')}"]
    parts += [f"{name}={cookie[name]}" for name in VALUES if cookie[name]]
    parts += [f"{name}={cookie[name]}" for name in ALWAYS]
    parts += [
        name if cookie[name] is True else f"{name}={cookie[name].lower()}"
        for name in FLAGS
        if cookie[name]
    ]
    return "; ".join(parts)
