"""One request to the management API with everything needed to answer it."""

from dataclasses import dataclass

from emulator.durable.api.exchange import json_body
from emulator.durable.api.exchange.links import Links
from emulator.durable.api.exchange.query import Query
from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.app.settings import DurableSettings
from emulator.engine.hub import TaskHub
from emulator.host.kestrel.request import Request


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request, with the hub that it names or else the app's own."""

    request: Request
    query: Query
    hub: TaskHub
    links: Links
    settings: DurableSettings
    catalog: FunctionCatalog

    @property
    def url(self) -> str:
        """Return the request's own URL with the address that the caller used."""
        origin = self.links.base.partition("/runtime/")[0]
        return f"{origin}{self.request.raw_path}"

    async def text(self) -> str:
        """Return the request's body as text. Raises UnknownCharsetError."""
        return await json_body.text_of(self.request)
