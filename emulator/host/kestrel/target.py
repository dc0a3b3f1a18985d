"""The target of a request: its decoded path, and the path and query of its URL."""

from dataclasses import dataclass
from functools import lru_cache

from emulator.host.kestrel.percent import decoded_path, encoded_path, without_dots
from emulator.host.kestrel.refused import RefusedError

ABSOLUTE = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it was `sent`.

    `path` is decoded once, without dot segments. `query` is not decoded and has no question mark.
    """

    sent: str
    path: str
    query: str

    @property
    def url(self) -> str:
        """The path, encoded again, and the query."""
        path = encoded_path(self.path)
        return f"{path}?{self.query}" if self.query else path


def parse(method: str, text: str, host: str) -> Target:
    """Return the target of a request line. Raises RefusedError for a malformed one."""
    if text.startswith("/"):
        path, _, query = text.partition("?")
        return Target(text, _path(path), query.replace("#", "%23"))
    if text.lower().startswith(ABSOLUTE):
        authority, _, rest = text.partition("://")[2].partition("/")
        if authority.lower() != host.lower():
            raise RefusedError(400)
        return parse(method, f"/{rest}", host)
    if (method, text) == ("OPTIONS", "*") or method == "CONNECT":
        return Target(text, "", "")
    raise RefusedError(400)


@lru_cache(maxsize=1024)
def _path(text: str) -> str:
    path = decoded_path(text)
    if "\0" in path:
        raise RefusedError(400)
    return without_dots(path)
