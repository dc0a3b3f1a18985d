"""The Durable Functions extension of one app: its task hub at work, and its HTTP API.

Owns the start and the end of the hub's work, and the hubs that requests name. What a turn does
is the executor's, what a request does is the API's.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from emulator.durable import sdk_times
from emulator.durable import settings as durable_settings
from emulator.durable.api import reply, routes
from emulator.durable.api.call import Call
from emulator.durable.api.links import Links
from emulator.durable.api.query import Query
from emulator.durable.catalog import Catalog
from emulator.durable.client_binding import client_binding
from emulator.durable.executor import FunctionExecutor
from emulator.engine.hub import TaskHub
from emulator.host.worker import Worker

API_PATH = "/runtime/webhooks/durabletask"
RETRY_SECONDS = 2.0
log = logging.getLogger("Host.Durable")


class DurableExtension:
    """One app's durable functions. Raises BadSettingError when made with settings that are none."""

    def __init__(
        self, settings: Mapping[str, str], host_json: Mapping[str, Any], worker: Worker, site: str
    ) -> None:
        sdk_times.speed_up()
        self._settings = durable_settings.read(settings, host_json, site)
        self._catalog = Catalog.of(worker.functions.values())
        self._executor = FunctionExecutor(worker, self._settings.versions, self._catalog)
        self._hub = TaskHub(self._settings.hub)
        self._others: dict[str, TaskHub] = {}
        self._open = contextlib.AsyncExitStack()
        self._work: asyncio.Task[None] | None = None
        self._links = Links("", self._settings.hub.name, self._settings.connection, "")

    async def start(self) -> None:
        """Open the task hub and begin to work on it."""
        await self._open.enter_async_context(self._hub)
        self._work = asyncio.create_task(self._run())
        log.info("task hub %s is open", self._settings.hub.name)

    async def stop(self) -> None:
        """End what runs and let go of the hub's partitions."""
        await self._hub.stop()
        if self._work is not None:
            await self._work
        await self._open.aclose()

    async def _run(self) -> None:
        """Work until told to stop; whatever else ends the work is told, and it begins anew."""
        while True:
            try:
                return await self._hub.run(self._executor)
            except Exception:
                log.exception("the work on task hub %s broke off", self._settings.hub.name)
            await asyncio.sleep(RETRY_SECONDS)

    def client_binding(self, base_url: str, key: str, rpc_base_url: str) -> str:
        """The JSON text that a durable client is made from; the key also goes into the API's
        links."""
        self._links = replace(self._links, base=base_url.rstrip("/"), key=key)
        return client_binding(self._links, rpc_base_url)

    async def handle(self, request: web.Request, tail: str) -> web.Response:
        """Answer a request to the management API; `tail` is the raw path behind its base."""
        answer = routes.route(request.method, tail)
        query = Query(request.rel_url.raw_query_string)
        try:
            hub = await self._hub_of(query)
            return await answer(
                Call(
                    request=request,
                    query=query,
                    hub=hub,
                    links=self._links_for(request, query),
                    settings=self._settings,
                    catalog=self._catalog,
                )
            )
        except Exception as error:
            log.exception("%s %s failed", request.method, tail)
            return reply.error(500, reply.WRONG, (type(error).__name__, str(error)))

    async def _hub_of(self, query: Query) -> TaskHub:
        """The hub that the query names, opened in this app's own accounts, like the real one."""
        name = query.text("taskHub")
        if not name or name.lower() == self._settings.hub.name.lower():
            return self._hub
        if name not in self._others:
            hub = TaskHub(replace(self._settings.hub, name=name))
            self._others[name] = await self._open.enter_async_context(hub)
        return self._others[name]

    def _links_for(self, request: web.Request, query: Query) -> Links:
        links = replace(
            self._links,
            hub=query.text("taskHub") or self._links.hub,
            connection=query.text("connection") or self._links.connection,
        )
        if not request.path.lower().startswith(API_PATH):
            return links  # the app's own client: the public address is the one to hand out
        origin = f"{request.scheme}://{request.host}"
        forwarded = (
            request.headers.get("X-Forwarded-Host"),
            request.headers.get("X-Forwarded-Proto"),
        )
        if self._settings.use_forwarded_host and all(forwarded):
            origin = f"{forwarded[1]}://{forwarded[0]}"
        return replace(links, base=origin + API_PATH)
