"""A whole storage account behind proxies that misbehave when they are told to."""

import contextlib
import re
from collections.abc import AsyncIterator

from tests.fakes.flaky_proxy import Effect, Fault, FlakyProxy, flaky_proxy

_ENDPOINT = re.compile(r"(Blob|Queue|Table)Endpoint=(http://127\.0\.0\.1:\d+)(/\w+)")


class FlakyStorage:
    """`connection` leads through the proxies; `proxies` by service: Blob, Queue, Table."""

    def __init__(self, connection: str, proxies: dict[str, FlakyProxy]) -> None:
        self.connection = connection
        self.proxies = proxies

    async def misbehave(
        self, effect: Effect, *services: str, pattern: str = "", share: float = 1.0
    ) -> None:
        """Let these services suffer, all when none is named."""
        for service in services or tuple(self.proxies):
            await self.proxies[service].misbehave(Fault(effect, pattern, share))

    async def heal(self) -> None:
        for proxy in self.proxies.values():
            await proxy.heal()

    @property
    def struck(self) -> int:
        """How many requests have suffered since it was last told to misbehave."""
        return sum(proxy.struck for proxy in self.proxies.values())


@contextlib.asynccontextmanager
async def flaky_storage(direct: str) -> AsyncIterator[FlakyStorage]:
    """Proxies before the account that this connection string leads to."""
    async with contextlib.AsyncExitStack() as opened:
        proxies, connection = {}, direct
        for service, address, path in _ENDPOINT.findall(direct):
            proxy = await opened.enter_async_context(flaky_proxy(address))
            proxies[service] = proxy
            through = f"{service}Endpoint=http://127.0.0.1:{proxy.port}{path}"
            connection = connection.replace(f"{service}Endpoint={address}{path}", through)
        yield FlakyStorage(connection, proxies)
