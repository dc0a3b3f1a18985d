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

from emulator.durable import sdk_timestamps
from emulator.durable.api import response, routes
from emulator.durable.api.api_request import Call
from emulator.durable.api.links import Links
from emulator.durable.api.query import Query
from emulator.durable.app import settings as durable_settings
from emulator.durable.app.function_catalog import Catalog
from emulator.durable.client_binding import client_binding
from emulator.durable.executor import FunctionExecutor
from emulator.engine.hub import HubSettings, TaskHub
from emulator.host.functions.worker import Worker

API_PATH = "/runtime/webhooks/durabletask"
RETRY_SECONDS = 2.0
log = logging.getLogger("Host.Durable")


class DurableExtension:
    """One app's durable functions. Raises BadSettingError when made with settings that are none."""

    def __init__(
        self, settings: Mapping[str, str], host_json: Mapping[str, Any], worker: Worker, site: str
    ) -> None:
        sdk_timestamps.speed_up()
        self._settings = durable_settings.read(settings, host_json, site)
        self._catalog = Catalog.of(worker.functions.values())
        self._executor = FunctionExecutor(worker, self._settings.versions, self._catalog)
        self._hub = TaskHub(self._settings.hub)
        self._others: dict[HubSettings, TaskHub] = {}
        self._open = contextlib.AsyncExitStack()
        self._work: asyncio.Task[None] | None = None
        self._stopping = False
        self._links = Links("", self._settings.hub.name, self._settings.connection, "")

    async def start(self) -> None:
        """Open the task hub and begin to work on it."""
        await self._open.enter_async_context(self._hub)
        self._work = asyncio.create_task(self._run())
        log.info("task hub %s is open", self._settings.hub.name)

    async def stop(self) -> None:
        """End what runs and let go of the hub's partitions."""
        self._stopping = True
        await self._hub.stop()
        if self._work is not None:
            await self._work
        await self._open.aclose()

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
        except web.HTTPException:
            raise  # a body over the host's limit, for instance: the host has an answer to it
        except Exception as error:
            log.exception("%s %s failed", request.method, tail)
            return response.error(500, response.WRONG, (type(error).__name__, str(error)))

    async def _run(self) -> None:
        """Work until told to stop; whatever else ends the work is told, and it begins anew."""
        while not self._stopping:
            try:
                await self._hub.run(self._executor)
            except Exception:
                log.exception("the work on task hub %s broke off", self._settings.hub.name)
                await asyncio.sleep(RETRY_SECONDS)

    async def _hub_of(self, query: Query) -> TaskHub:
        """The hub that the query names; whether it is there or not, it is opened, like on the
        real one: in this app's own accounts, or in those of a connection that the app knows."""
        wanted = self._settings.hub_named(query.text("taskHub"), query.text("connection"))
        if wanted == self._settings.hub:
            return self._hub
        if wanted not in self._others:
            self._others[wanted] = await self._open.enter_async_context(TaskHub(wanted))
        return self._others[wanted]

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
