"""A draining line whose hub a real app works on, and the router that checks it.

The app's settings, the probe, the judgement and the catalog are the router's own. Only Azure is
missing: the app is a process that the test starts and stops.
"""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from azure.data.tables.aio import TableClient

from emulator.engine.hub import HubSettings, TaskHub
from harness.function_host import FunctionHost
from harness.waiting import until
from router.apps import spec
from router.apps.stores import Stores
from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.hub.tracking import TableTracking
from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.draining import judgement
from router.http import views
from router.settings import Settings
from tests.fakes.platform import FakePlatform

APP = Path(__file__).parent / "app"
LINE, TASK_HUB, PREFIX = LineId(1, 0), "Orders1x0", "Orders1x0"
TIMES = {
    "ROUTER_SNAPSHOT_SECONDS": "0",
    "ROUTER_FORWARD_SECONDS": "1",
    "ROUTER_DRAIN_APART_SECONDS": "1",
    "ROUTER_MARGIN_SECONDS": "1",
}
POLL_SECONDS = 0.3
VISIBILITY_SECONDS = 2
"""The emulator's, which replaces the longer one that the app is made with."""
QUIET = timedelta(seconds=3)
"""After this time a quiet hub is drained, whatever is invisible in its control queues."""


class DrainEnvironment:
    """To be opened with `async with`. The app is started separately."""

    def __init__(self, lines: str, tracking: str, directory: Path) -> None:
        self.settings = Settings.from_environ(
            {
                "ROUTER_APP_NAME": "orders",
                "ROUTER_STORAGE": lines,
                "ROUTER_TRACKING_STORAGE": tracking,
                "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
                "ROUTER_RESOURCE_GROUP": "orders",
                "ROUTER_LOCATION": "westeurope",
                "ROUTER_LINK_SECRETS": "a-secret-of-the-tests",
                **TIMES,
            }
        )
        self.app = FunctionHost("orders-1-0", lines, directory / "app.log")
        self._gate = directory / "gate"
        self._lines, self._tracking = lines, tracking
        self._opened = AsyncExitStack()
        self._running = False

    async def __aenter__(self) -> Self:
        lines, tracking = Storage(self._lines), Storage(self._tracking)
        for storage in (lines, tracking):
            self._opened.push_async_callback(storage.close)
        self._opened.push_async_callback(self.app.stop)
        catalog = TableCatalog(lines, "Catalog")
        self._context: Any = SimpleNamespace(
            settings=replace(self.settings, visibility_seconds=VISIBILITY_SECONDS),
            now=_now,
            platform=FakePlatform(),
            catalog=catalog,
            stores=Stores(
                partial(StorageHub, lines, tracking),
                partial(TableTracking, tracking),
                self.settings,
            ),
        )
        self.instances: TableClient = tracking.tables.get_table_client(f"{PREFIX}Instances")
        since = _now() - timedelta(hours=1)
        line = Line(LINE, LineState.DRAINING, since, "orders-1-0", "plan", TASK_HUB)
        self.line = await catalog.add_line(line)
        await self._context.platform.put_app(spec.app_spec(self.line, self._context.settings))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open_gate()
        await self._opened.aclose()

    async def start_app(self) -> None:
        """Start the app if it does not run."""
        if not self._running:
            wanted = spec.app_spec(self.line, self.settings).settings
            emulated = {"EMULATOR_VISIBILITY_SECONDS": str(VISIBILITY_SECONDS)}
            await self.app.start(APP, **wanted, **emulated, GATE=str(self._gate))
            self._running = True

    async def stop_app(self) -> None:
        """Stop the app gracefully, if it runs."""
        await self.app.stop()
        self._running = False

    async def kill_app(self) -> None:
        """Kill the app as if its machine were lost: it returns none of its messages."""
        os.kill(self.app.pid, signal.SIGKILL)
        await self.stop_app()

    def open_gate(self) -> None:
        """Let the work that waits for the gate end."""
        self._gate.touch()

    def close_gate(self) -> None:
        """Let work wait for the gate."""
        self._gate.unlink(missing_ok=True)

    def client(self) -> TaskHub:
        """Return a client of the hub that needs no app. Opening it creates the hub."""
        settings = HubSettings(
            TASK_HUB,
            self._lines,
            self._tracking,
            PREFIX,
            partition_count=self.settings.partition_count,
        )
        return TaskHub(settings)

    async def terminate(self, instance_id: str) -> None:
        status, _, text = await self.app.ask("POST", f"/instances/{instance_id}/terminate")
        assert status == 202, text

    async def until_row(self, instance_id: str) -> None:
        """Return once an entity has handled its signal."""
        query = f"PartitionKey eq '{instance_id}'"

        async def exists() -> bool:
            return bool([row async for row in self.instances.query_entities(query)])

        await until(exists, bool)

    async def multiply(self, instance_id: str, count: int) -> None:
        """Add the rows of `count` instances like this one. The name of an entity is its id."""
        row = await self.instances.get_entity(instance_id, "")
        slots = asyncio.Semaphore(64)

        async def put(number: int) -> None:
            key = f"{instance_id}-{number:05}"
            name = key if row["Name"] == instance_id else row["Name"]
            async with slots:
                await self.instances.create_entity({**row, "PartitionKey": key, "Name": name})

        await asyncio.gather(*map(put, range(count)))

    async def check(self) -> Drain:
        """Check the hub as the router does, and return the judgement that it recorded."""
        self.line = await judgement.judged(self._context, self.line)
        drain = self.line.drain
        assert drain is not None
        assert judgement.may_retire(self._context, self.line) is (drain.verdict is Verdict.DRAINED)
        return drain

    async def held(self) -> Drain:
        """Return the last of several checks, none of which found the hub drained.

        They take longer than a quiet hub needs to be drained.
        """
        first = seen = await self.check()
        while seen.checked_at - first.checked_at <= QUIET + timedelta(seconds=1):
            assert seen.verdict is not Verdict.DRAINED, seen
            await asyncio.sleep(POLL_SECONDS)
            seen = await self.check()
        assert seen.verdict is not Verdict.DRAINED, seen
        return seen

    async def until(self, verdict: Verdict) -> Drain:
        """Return the first judgement with this verdict."""
        return await until(
            self.check,
            lambda drain: drain.verdict is verdict,
            progress=lambda drain: (drain.verdict, drain.blockers),
            poll_seconds=POLL_SECONDS,
        )

    async def blockers(self) -> list[dict[str, Any]]:
        """Return the blockers as GET /api/lines/1.0 shows them."""
        found = await self._context.catalog.line(LINE)
        shown: list[dict[str, Any]] = views.line(found, ())["drain"]["why"]
        return shown


def _now() -> datetime:
    return datetime.now(UTC)
