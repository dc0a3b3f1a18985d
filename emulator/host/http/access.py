"""The authorisation of requests by the key in their header or, failing that, in their query."""

from emulator.host.functions.function import FunctionInfo
from emulator.host.http.query import parameters
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request
from emulator.host.keys.keyring import Keyring
from emulator.host.keys.keys import Keys, Level

HEADER = "x-functions-key"
QUERY = "code"
UNKNOWN_CALLER = Answer(401)
UNKNOWN_KEY = Answer(401, headers=[("WWW-Authenticate", "Bearer")])
TOO_LOW = Answer(403)

ADMIN = frozenset({Level.MASTER})
EXTENSION = ADMIN | {Level.EXTENSION}
FUNCTION = ADMIN | {Level.FUNCTION}


class Access:
    """Checks requests against the keys of one site.

    Keys are compared exactly until they have been accepted once. Then they are found in a cache
    that ignores case, until a key changes.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._accepted: dict[tuple[str, str], Level] = {}
        self._accepted_of = keyring.keys

    async def refusal(self, request: Request, allowed: frozenset[Level]) -> Answer | None:
        """Return why a request to an API of the host is refused, or None if it is not."""
        level = await self._level(request, "")
        if level in allowed:
            return None
        return TOO_LOW if level else UNKNOWN_KEY

    async def refusal_of(self, request: Request, function: FunctionInfo) -> Answer | None:
        """Return why a call of a function is refused, or None if it is not."""
        if function.auth_level == "anonymous":
            return None
        level = await self._level(request, function.name.lower())
        allowed = ADMIN if function.auth_level == "admin" else FUNCTION
        return None if level in allowed else UNKNOWN_CALLER

    async def is_admin(self, request: Request) -> bool:
        """Return whether a request has the master key."""
        return await self._level(request, "") in ADMIN

    async def _level(self, request: Request, function: str) -> Level | None:
        given = _given(request)
        if not given:
            return None
        if function:
            await self._keyring.of_function(function)
        keys = self._current()
        level = self._accepted.get((given.lower(), function)) or keys.level(given, function)
        if level is None and await self._keyring.reread():  # it may be new
            level = self._current().level(given, function)
        if level is not None:
            self._accepted[given.lower(), function] = level
        return level

    def _current(self) -> Keys:
        keys = self._keyring.keys
        if keys is not self._accepted_of:
            if keys != self._accepted_of:
                self._accepted.clear()
            self._accepted_of = keys
        return keys


def _given(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None or not request.raw_query:
        return key
    return next((v for n, v in parameters(request.raw_query).items() if n.lower() == QUERY), None)
