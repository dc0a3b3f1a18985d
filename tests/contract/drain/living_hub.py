"""A draining line whose hub a real app works on, and the router that watches it.

The router's part is its own: the app's settings, the probe, the judgement, the catalog's row. Only
Azure is left out: the app is a process that is started and stopped here.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from azure.data.tables.aio import TableClient

from emulator.engine.hub import HubSettings, TaskHub
from harness.function_host import FunctionHost
from router.apps import spec
from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub import StorageHub
from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.http import views
from router.lines import monitor
from router.settings import Settings

PATIENCE_SECONDS = 60
APP = Path(__file__).parent / "app"
LINE, TASK_HUB, PREFIX = LineId(1, 0), "Orders1x0", "Lines"
TIMES = {
    "ROUTER_SNAPSHOT_SECONDS": "0",
    "ROUTER_FORWARD_SECONDS": "1",
    "ROUTER_DRAIN_APART_SECONDS": "1",
    "ROUTER_VISIBILITY_SECONDS": "2",
    "ROUTER_MARGIN_SECONDS": "1",
}
PROOF = timedelta(seconds=3)
"""After so long a quiet hub is drained, whatever is invisible in its control queues."""


class LivingHub:
    """Opened with `async with`; the app does not run yet."""

    def __init__(self, lines: str, tracking: str, directory: Path) -> None:
        self.settings = Settings.from_environ(
            {
                "ROUTER_APP_NAME": "orders",
                "ROUTER_STORAGE": lines,
                "ROUTER_TRACKING_STORAGE": tracking,
                "ROUTER_TRACKING_PREFIX": PREFIX,
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

    async def __aenter__(self) -> Self:
        lines, tracking = Storage(self._lines), Storage(self._tracking)
        for storage in (lines, tracking):
            self._opened.push_async_callback(storage.close)
        self._opened.push_async_callback(self.app.stop)
        catalog = TableCatalog(lines, "Catalog")
        self._context: Any = SimpleNamespace(
            settings=self.settings,
            now=_now,
            catalog=catalog,
            hub=StorageHub(lines, tracking, PREFIX),
        )
        self.instances: TableClient = tracking.tables.get_table_client(f"{PREFIX}Instances")
        since = _now() - timedelta(hours=1)
        line = Line(LINE, LineState.DRAINING, since, "orders-1-0", "plan", TASK_HUB)
        self.line = await catalog.add_line(line)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open_gate()
        await self._opened.aclose()

    async def start_app(self) -> None:
        wanted = spec.app_spec(self.line, self.settings).settings
        await self.app.start(APP, **wanted, GATE=str(self._gate))

    async def kill_app(self) -> None:
        """As a machine that is gone: nothing is given back."""
        assert self.app._process is not None
        self.app._process.kill()
        await self.app.stop()

    def open_gate(self) -> None:
        """Let what waits for it end."""
        self._gate.touch()

    def client(self) -> TaskHub:
        """A client of the hub that needs no app; opening it makes the hub."""
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
        """Return once an entity has done what it was signalled to do."""
        query = f"PartitionKey eq '{instance_id}'"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not [row async for row in self.instances.query_entities(query)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def multiply(self, instance_id: str, count: int) -> None:
        """Rows of so many more instances like this one; an entity's name is its id."""
        row = await self.instances.get_entity(instance_id, "")
        slots = asyncio.Semaphore(64)

        async def put(number: int) -> None:
            key = f"{instance_id}-{number:05}"
            name = key if row["Name"] == instance_id else row["Name"]
            async with slots:
                await self.instances.create_entity({**row, "PartitionKey": key, "Name": name})

        await asyncio.gather(*map(put, range(count)))

    async def look(self) -> Drain:
        """One look of the router, written down; it never allows what it should not."""
        self.line = await monitor.judged(self._context, self.line)
        drain = self.line.drain
        assert drain is not None
        assert monitor.may_retire(self._context, self.line) is (drain.verdict is Verdict.DRAINED)
        return drain

    async def held(self) -> Drain:
        """The last look of many, over more time than a proof takes: at none was it drained."""
        first = seen = await self.look()
        while seen.checked_at - first.checked_at <= PROOF + timedelta(seconds=1):
            assert seen.verdict is not Verdict.DRAINED, seen
            await asyncio.sleep(0.2)
            seen = await self.look()
        assert seen.verdict is not Verdict.DRAINED, seen
        return seen

    async def until(self, verdict: Verdict) -> Drain:
        """The first look that says so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (seen := await self.look()).verdict is not verdict:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return seen

    async def told(self) -> list[dict[str, Any]]:
        """What GET /api/lines/1.0 says of why the line is not drained."""
        found = await self._context.catalog.line(LINE)
        why: list[dict[str, Any]] = views.line(found, ())["drain"]["why"]
        return why


def _now() -> datetime:
    return datetime.now(UTC)
