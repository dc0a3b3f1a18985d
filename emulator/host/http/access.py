"""Whether a request may pass: the key it brings against the keys that open what it wants.

Owns where a key travels (header before query) and the second look at storage for a key that is
not known yet. Knows nothing of what lies behind.
"""

from collections.abc import Callable

from aiohttp import web

from emulator.host.keys.keyring import Keyring
from emulator.host.keys.keys import Keys, is_one_of

HEADER = "x-functions-key"
QUERY = "code"


class Access:
    """The keys of one site, asked per request."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def granted(
        self, request: web.Request, opening: Callable[[Keys], tuple[bytes, ...]]
    ) -> bool:
        """Whether the request's key is among those that `opening` picks."""
        given = _given(request)
        if not given:
            return False
        if is_one_of(given, opening(self._keyring.keys)):
            return True
        return await self._keyring.reread() and is_one_of(given, opening(self._keyring.keys))


def _given(request: web.Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None and "?" in request.raw_path:
        key = request.rel_url.query.get(QUERY)
    return key
