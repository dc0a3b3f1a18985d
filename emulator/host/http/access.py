"""The authorisation of requests by the key in their header or, failing that, in their query."""

from collections.abc import Callable

from aiohttp import web

from emulator.host.keys.keyring import Keyring
from emulator.host.keys.keys import Keys, is_one_of

HEADER = "x-functions-key"
QUERY = "code"


class Access:
    """Checks requests against the keys of one site."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def granted(
        self, request: web.Request, opening: Callable[[Keys], tuple[bytes, ...]]
    ) -> bool:
        """Return whether the request's key is among those that `opening` selects.

        The keys are read from storage again if the key is unknown, because it may be new.
        """
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
