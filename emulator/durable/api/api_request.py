"""One request to the management API, with what is needed to answer it."""

from dataclasses import dataclass

from aiohttp import web

from emulator.durable.api.links import Links
from emulator.durable.api.query import Query
from emulator.durable.app.function_catalog import Catalog
from emulator.durable.app.settings import DurableSettings
from emulator.engine.hub import TaskHub


@dataclass(frozen=True, slots=True)
class Call:
    """`hub` is the one that the request names, by default the app's own."""

    request: web.Request
    query: Query
    hub: TaskHub
    links: Links
    settings: DurableSettings
    catalog: Catalog

    @property
    def url(self) -> str:
        """The request's own URL, with the address that the caller used."""
        return f"{self.links.base.partition('/runtime/')[0]}{self.request.raw_path}"
