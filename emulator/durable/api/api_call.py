"""One request to the management API with everything needed to answer it."""

from dataclasses import dataclass

from aiohttp import web

from emulator.durable.api.links import Links
from emulator.durable.api.query import Query
from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.app.settings import DurableSettings
from emulator.engine.hub import TaskHub


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request, with the hub that it names or else the app's own."""

    request: web.Request
    query: Query
    hub: TaskHub
    links: Links
    settings: DurableSettings
    catalog: FunctionCatalog

    @property
    def url(self) -> str:
        """Return the request's own URL with the address that the caller used."""
        return f"{self.links.base.partition('/runtime/')[0]}{self.request.raw_path}"
