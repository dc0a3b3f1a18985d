"""Read and delete the lines' task hubs in storage.

A hub consists of queues in the lines' account, the partition table and lease containers in the
tracking account, and the app's keys, locks and package in the lines' account. Its rows, and the
large messages that the rows refer to, are deleted separately.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from azure.core.exceptions import AzureError

from router.azure.error_text import describe
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub_instances import (
    Search,
    count_failed,
    first_unfinished,
    still_unfinished,
    unfinished_orchestrations,
)
from router.azure.storage.hub.hub_queues import queue_names, read_queues
from router.azure.storage.hub.instance_removal import Removal, remove_hub
from router.azure.storage.items import Item, Items
from router.azure.storage.packages import app_container
from router.azure.storage.table_pages import Slice
from router.domain.errors import Unreadable
from router.domain.model import HubReading, UnfinishedInstance
from router.ports import Listing, Purged

_HUB = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_NO_TABLE = "TableNotFound"  # no line has ever run with it


class StorageHub:
    """Implements router.ports.Hub. `prefix`: of the Instances and History tables in `tracking`."""

    def __init__(
        self, lines: Storage, tracking: Storage, prefix: str, limits: Slice | None = None
    ) -> None:
        self._lines = lines
        self._tracking = tracking
        self._slice = limits or Slice()
        self._instances, self._history = f"{prefix}Instances", f"{prefix}History"

    async def read(
        self,
        task_hub: str,
        partitions: int,
        blocker: str | None = None,
        cursor: str | None = None,
    ) -> HubReading:
        read_at = datetime.now(UTC)
        if blocker is not None:
            search, problems = await self._search(task_hub, blocker)
            if search.found or problems:
                return HubReading(read_at, _found(search), problems=problems)
        # Queues first: a message that a worker takes before the rows are read is in a row by then.
        queues, unread, any_queue = await read_queues(self._lines, task_hub, partitions)
        search, problems = await self._search(task_hub, cursor=cursor)
        found = _found(search)
        has_rows = bool(found) or not all(_NO_TABLE in problem for problem in problems)
        made = any_queue or has_rows or search.cursor is not None
        return HubReading(read_at, found, queues, (*unread, *problems), made, search.cursor)

    async def failed(self, task_hub: str, since: datetime, until: datetime) -> int:
        table = self._tracking.tables.get_table_client(self._instances)
        with _map_errors(f"count the failed instances of task hub {task_hub}"):
            return await count_failed(table, task_hub, since, until)

    async def unfinished(
        self, task_hub: str, first: str | None = None, top: int = 1000
    ) -> Sequence[UnfinishedInstance]:
        table = self._tracking.tables.get_table_client(self._instances)
        with _map_errors(f"list the unfinished instances of task hub {task_hub}"):
            return await unfinished_orchestrations(table, task_hub, first, top, self._slice)

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        with _map_errors(f"delete task hub {task_hub}"):
            for items, item in await self._items(task_hub, function_app):
                await items.delete(item)

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        with _map_errors(f"list task hub {task_hub}"):
            remaining = tuple(str(item) for _, item in await self._items(task_hub, function_app))
        hub = task_hub.lower()
        of_hub = (
            f"queues {hub}-control-* and {hub}-workitems",
            f"table {task_hub}Partitions",
            f"containers {hub}-applease and {hub}-leases",
        )
        return Listing((*of_hub, *_app_items(function_app)), remaining)

    async def delete_rows(
        self, task_hub: str, cursor: str | None = None, *, before: datetime | None = None
    ) -> Purged:
        tables = self._tracking.tables
        instances = tables.get_table_client(self._instances)
        history = tables.get_table_client(self._history)
        with _map_errors(f"delete the rows of task hub {task_hub}"):
            removal = Removal(_checked(task_hub), self._slice, before)
            return await remove_hub(instances, history, removal, cursor)

    async def delete_tables(self) -> None:
        items = Items(self._tracking)
        with _map_errors(f"delete the tables {self._instances} and {self._history}"):
            for name in (self._history, self._instances):
                await items.delete(Item("table", name))

    async def delete_large_messages(self, task_hub: str) -> None:
        items = Items(self._tracking)
        with _map_errors(f"delete the large messages of task hub {task_hub}"):
            for item in await items.containers(f"{_checked(task_hub).lower()}-largemessages"):
                await items.delete(item)

    async def _search(
        self, task_hub: str, blocker: str | None = None, cursor: str | None = None
    ) -> tuple[Search, tuple[str, ...]]:
        table = self._tracking.tables.get_table_client(self._instances)
        try:
            if blocker is not None:
                return Search(await still_unfinished(table, task_hub, blocker)), ()
            return await first_unfinished(table, task_hub, cursor, self._slice), ()
        except AzureError as error:
            return Search(), (f"table {self._instances} cannot be read: {describe(error)}",)

    async def _items(self, task_hub: str, function_app: str | None) -> list[tuple[Items, Item]]:
        """Return what exists of the hub and its app, each with the account it is in."""
        hub = _checked(task_hub).lower()
        lines, tracking = Items(self._lines), Items(self._tracking)
        queues = [Item("queue", name) for name in await queue_names(self._lines, task_hub)]
        of_app = [] if function_app is None else await _of_app(lines, function_app)
        of_tracking = await asyncio.gather(
            tracking.tables(f"{task_hub}Partitions"),
            tracking.containers(f"{hub}-applease", f"{hub}-leases"),
        )
        found = [(lines, item) for item in (*queues, *of_app)]
        found += [(tracking, item) for items in of_tracking for item in items]
        return found


async def _of_app(lines: Items, function_app: str) -> list[Item]:
    """Return what is found by the app's name alone."""
    if not function_app:
        raise ValueError("the function app has no name")
    site = function_app.lower()
    found = await asyncio.gather(
        lines.blobs("azure-webjobs-secrets", f"{site}/"),
        lines.blobs("azure-webjobs-hosts", f"locks/{site}/"),
        lines.containers(app_container(site)),
    )
    return [item for items in found for item in items]


def _app_items(function_app: str | None) -> tuple[str, ...]:
    if function_app is None:
        return ()
    site = function_app.lower()
    return (
        f"container {app_container(site)}",
        f"blobs azure-webjobs-secrets/{site}/* and azure-webjobs-hosts/locks/{site}/*",
    )


def _found(search: Search) -> tuple[UnfinishedInstance, ...]:
    return () if search.found is None else (search.found,)


def _checked(task_hub: str) -> str:
    if not _HUB.fullmatch(task_hub):
        raise ValueError(f"{task_hub!r} is not the name of a task hub")
    return task_hub


@contextmanager
def _map_errors(attempt: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise Unreadable(f"Could not {attempt}: {describe(error)}.") from error
