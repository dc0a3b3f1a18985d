"""A whole storage account behind proxies that misbehave on request."""

import contextlib
import re
from collections.abc import AsyncIterator

from tests.fakes.flaky_proxy import Effect, Fault, FlakyProxy, flaky_proxy

_ENDPOINT = re.compile(r"(Blob|Queue|Table)Endpoint=(http://127\.0\.0\.1:\d+)(/\w+)")


class FlakyStorage:
    """An account behind `proxies`, by service: Blob, Queue, Table. `connection` leads there."""

    def __init__(self, connection: str, proxies: dict[str, FlakyProxy]) -> None:
        self.connection = connection
        self.proxies = proxies

    async def misbehave(
        self, effect: Effect, *services: str, pattern: str = "", share: float = 1.0
    ) -> None:
        """Make these services misbehave, or all of them if none is named."""
        for service in services or tuple(self.proxies):
            await self.proxies[service].misbehave(Fault(effect, pattern, share))

    async def heal(self) -> None:
        for proxy in self.proxies.values():
            await proxy.heal()

    @property
    def struck(self) -> int:
        """Return the number of requests hit since the last call of `misbehave`."""
        return sum(proxy.struck for proxy in self.proxies.values())


@contextlib.asynccontextmanager
async def flaky_storage(direct: str) -> AsyncIterator[FlakyStorage]:
    """Yield proxies in front of the account of this connection string."""
    async with contextlib.AsyncExitStack() as opened:
        proxies, connection = {}, direct
        for service, address, path in _ENDPOINT.findall(direct):
            proxy = await opened.enter_async_context(flaky_proxy(address))
            proxies[service] = proxy
            through = f"{service}Endpoint=http://127.0.0.1:{proxy.port}{path}"
            connection = connection.replace(f"{service}Endpoint={address}{path}", through)
        yield FlakyStorage(connection, proxies)
