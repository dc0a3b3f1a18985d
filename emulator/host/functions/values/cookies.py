"""The header Set-Cookie, which the host writes for each cookie that a worker returns."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote


def cookie_header(cookie: dict[str, Any]) -> str:
    """Return a cookie as ASP.NET Core writes it: domain and path always, even if empty."""
    parts = [f"{cookie['name']}={quote(cookie['value'], safe='-._~')}"]
    if cookie["expires"] is not None:
        expires = datetime.fromtimestamp(cookie["expires"], UTC)
        parts.append(f"expires={expires:%a, %d %b %Y %H:%M:%S} GMT")
    if cookie["max_age"] is not None:
        parts.append(f"max-age={int(cookie['max_age'])}")
    parts += [f"{name}={cookie[name] or ''}" for name in ("domain", "path")]
    if cookie["secure"]:
        parts.append("secure")
    if cookie["same_site"] is not None:
        parts.append(f"samesite={cookie['same_site']}")
    if cookie["http_only"]:
        parts.append("httponly")
    return "; ".join(parts)
