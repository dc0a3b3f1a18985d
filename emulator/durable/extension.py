"""The Durable Functions extension of one app: the work of its task hub and its HTTP API."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from emulator.durable.api import failures, routes
from emulator.durable.api.exchange import response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.api.exchange.links import Links
from emulator.durable.api.exchange.query import Query
from emulator.durable.app import settings as durable_settings
from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.client_binding import client_binding
from emulator.durable.executor import FunctionExecutor
from emulator.engine.hub import HubSettings, TaskHub
from emulator.host.configuration import disabled
from emulator.host.functions.worker import Worker
from emulator.host.kestrel.refused import ClosedError, RefusedError
from emulator.host.kestrel.request import Request

API_PATH = "/runtime/webhooks/durabletask"
RETRY_SECONDS = 2.0
log = logging.getLogger("Host.Durable")


class DurableExtension:
    """One app's durable functions. Raises InvalidSettingError for invalid settings."""

    def __init__(
        self, settings: Mapping[str, str], host_json: Mapping[str, Any], worker: Worker, site: str
    ) -> None:
        self._settings = durable_settings.read(settings, host_json, site)
        working = (each for each in worker.functions.values() if each.problem is None)
        self._catalog = FunctionCatalog.of(working, disabled.by(settings))
        self._executor = FunctionExecutor(worker, self._settings.versions, self._catalog)
        self._hub = TaskHub(self._settings.hub)
        self._other_hubs: dict[HubSettings, TaskHub] = {}
        self._exits = contextlib.AsyncExitStack()
        self._work: asyncio.Task[None] | None = None
        self._stopping = False
        self._processing = asyncio.Event()
        self._links = Links("", self._settings.hub.name, self._settings.connection, "")

    async def start(self) -> None:
        """Open the task hub."""
        await self._exits.enter_async_context(self._hub)
        self._work = asyncio.create_task(self._run())
        log.info("task hub %s is open", self._settings.hub.name)

    async def drain(self) -> None:
        """Take no more work of the hub, and finish what was taken. Its API stays available."""
        await self._hub.drain()

    def process(self) -> None:
        """Process the messages of the task hub from now on."""
        self._processing.set()

    def idle_seconds(self) -> float:
        """Return for how long there has been nothing to process."""
        return self._hub.idle_seconds()

    async def stop(self) -> None:
        """Stop processing and release the hub's partitions."""
        self._stopping = True
        self._processing.set()
        await self._hub.stop()
        if self._work is not None:
            await self._work
        await self._exits.aclose()

    def client_binding(self, base_url: str, key: str, rpc_base_url: str) -> str:
        """Return the JSON text of a durable client binding and use its key in links too."""
        self._links = replace(self._links, base=base_url.rstrip("/"), key=key)
        return client_binding(self._links, rpc_base_url)

    async def handle(self, request: Request, tail: str) -> web.Response:
        """Answer a request to the API whose path after its base, decoded once, is `tail`."""
        handler = routes.route(request.method, tail)
        query = Query(request.raw_query)
        try:
            hub = await self._hub_of(query)
            return await handler(
                ApiCall(
                    request=request,
                    query=query,
                    hub=hub,
                    links=self._request_links(request, query),
                    settings=self._settings,
                    catalog=self._catalog,
                )
            )
        except (RefusedError, ClosedError):
            raise  # the server answers, or there is no one to answer
        except Exception as error:
            log.exception("%s %s failed", request.method, tail)
            return response.error(500, response.INTERNAL_ERROR, failures.exception_of(error))

    async def _run(self) -> None:
        """Process the hub until stopped, restarting after unexpected errors."""
        await self._processing.wait()
        while not self._stopping:
            try:
                await self._hub.run(self._executor)
            except Exception:
                log.exception("processing of task hub %s failed", self._settings.hub.name)
                await asyncio.sleep(RETRY_SECONDS)

    async def _hub_of(self, query: Query) -> TaskHub:
        """Return the hub that the query names, creating it if necessary like the real extension."""
        settings = self._settings.hub_named(query.text("taskHub"), query.text("connection"))
        if settings == self._settings.hub:
            return self._hub
        if settings not in self._other_hubs:
            self._other_hubs[settings] = await self._exits.enter_async_context(TaskHub(settings))
        return self._other_hubs[settings]

    def _request_links(self, request: Request, query: Query) -> Links:
        links = replace(
            self._links,
            hub=query.text("taskHub") or self._links.hub,
            connection=query.text("connection") or self._links.connection,
        )
        if not request.path.lower().startswith(API_PATH):
            return links  # the app's own client gets the public address
        origin = f"{request.scheme}://{request.host}"
        forwarded = (
            request.headers.get("X-Forwarded-Host"),
            request.headers.get("X-Forwarded-Proto"),
        )
        if self._settings.use_forwarded_host and all(forwarded):
            origin = f"{forwarded[1]}://{forwarded[0]}"
        return replace(links, base=origin + API_PATH)
