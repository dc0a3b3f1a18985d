"""Storage that breaks off a read is reported as unreadable, and never taken for empty.

A table has every method of every port that reads storage, so that no new one is forgotten.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from semver import Version

from harness.azurite import Azurite
from router.azure.storage.account import ClientOptions, Storage
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.hub.tracking import TableTracking
from router.azure.storage.packages import BlobPackages
from router.azure.storage.parked_inputs import BlobParkedInputs
from router.domain.errors import Unreadable
from router.domain.line_states import LineState
from router.domain.model import Claim, Line, LineEvent, Operation, OperationKind, Release
from router.domain.version import LineId
from router.ports import (
    Catalog,
    Hub,
    Kept,
    Packages,
    ParkedInputs,
    Purged,
    StatusQuery,
    Tracking,
)
from tests.fakes.flaky_proxy import EFFECTS, Effect
from tests.fakes.flaky_storage import FlakyStorage, flaky_storage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHA, HUB, APP = "a" * 64, "Orders1x0", "orders-1-0"
RELEASE = Release(Version(1, 0, 0), SHA, 3, NOON)
ENDED, RUNNING = "1-0-ended", "order-17"


def line(minor: int) -> Line:
    return Line(LineId(1, minor), LineState.ACTIVE, NOON, APP, f"{APP}-plan", HUB)


def operation(name: str) -> Operation:
    return Operation(name, OperationKind.PATCH, LineId(1, 0), None, NOON)


async def all_of(listed: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in listed]


Call = Callable[["Stores"], Awaitable[Any]]
CALLS: dict[type, dict[str, Call]] = {
    Catalog: {
        "mark": lambda s: s.catalog.mark("orders"),
        "add_release": lambda s: s.catalog.add_release(RELEASE),
        "release": lambda s: s.catalog.release(RELEASE.version),
        "releases": lambda s: s.catalog.releases(),
        "drop_release": lambda s: s.catalog.drop_release(RELEASE.version),
        "add_line": lambda s: s.catalog.add_line(line(99)),
        "add_lines": lambda s: s.catalog.add_lines([line(99)]),
        "replace_line": lambda s: s.catalog.replace_line(s.line),
        "line": lambda s: s.catalog.line(s.line.id),
        "lines": lambda s: s.catalog.lines(),
        "add_operation": lambda s: s.catalog.add_operation(operation("patch-1-0-9")),
        "replace_operation": lambda s: s.catalog.replace_operation(s.operation),
        "operation": lambda s: s.catalog.operation(s.operation.id),
        "drop_operations": lambda s: s.catalog.drop_operations(s.line),
        "add_claim": lambda s: s.catalog.add_claim(Claim("another", LineId(1, 0), NOON)),
        "replace_claim": lambda s: s.catalog.replace_claim(s.claim),
        "claim": lambda s: s.catalog.claim(s.claim.instance_id),
        "claims": lambda s: s.catalog.claims(LineId(1, 0)),
        "drop_claim": lambda s: s.catalog.drop_claim(s.claim),
        "add_event": lambda s: s.catalog.add_event(s.line.id, LineEvent(NOON, "more")),
        "events": lambda s: s.catalog.events(s.line.id),
    },
    Packages: {
        "put": lambda s: s.packages.put("b" * 64, b"PK"),
        "content": lambda s: s.packages.content(RELEASE.sha256),
        "note": lambda s: s.packages.note(RELEASE),
        "noted": lambda s: s.packages.noted(),
        "put_prepared": lambda s: s.packages.put_prepared(LineId(1, 0), SHA, b"PK"),
        "forget": lambda s: s.packages.forget(RELEASE),
        "drop": lambda s: s.packages.drop([SHA]),
        "drop_prepared": lambda s: s.packages.drop_prepared(LineId(1, 0)),
    },
    Hub: {
        "failed": lambda s: s.hub.failed(HUB, NOON, NOON),
        "unfinished": lambda s: s.hub.unfinished(HUB),
        "delete": lambda s: s.hub.delete(HUB, APP),
        "listing": lambda s: s.hub.listing(HUB, APP),
        "delete_rows": lambda s: s.hub.delete_rows(HUB),
        "delete_tables": lambda s: s.hub.delete_tables(),
        "delete_large_messages": lambda s: s.hub.delete_large_messages(HUB),
    },
    ParkedInputs: {
        "put": lambda s: s.parked.put(LineId(1, 0), "order-17", "{}"),
        "get": lambda s: s.parked.get(s.reference),
        "was_forwarded": lambda s: s.parked.was_forwarded(s.reference),
        "keep": lambda s: s.parked.keep(s.reference, Kept.FORWARDED),
        "delete": lambda s: s.parked.delete(s.reference),
        "counts": lambda s: s.parked.counts(),
        "older": lambda s: s.parked.older(Kept.WAITING, NOON, 10),
    },
    Tracking: {
        "status": lambda s: s.tracking.status(RUNNING, StatusQuery(show_history=True)),
        "owner": lambda s: s.tracking.owner(RUNNING),
        "purge": lambda s: s.tracking.purge(ENDED),
    },
}
CALL_OF = {
    f"{port.__name__}.{name}": call for port, calls in CALLS.items() for name, call in calls.items()
}
EXCEPTIONS = {(Hub, "read")}  # returns a partial reading


class Stores:
    """Every storage adapter, through proxies, over data that was stored without them."""

    line: Line
    operation: Operation
    claim: Claim
    catalog: TableCatalog
    packages: BlobPackages
    parked: BlobParkedInputs
    reference: str
    hub: StorageHub
    tracking: TableTracking

    def __init__(self, storage: Storage, flaky: FlakyStorage) -> None:
        self.flaky = flaky
        self.line = line(0)
        self.operation = operation("patch-1-0-1")
        self.claim = Claim("order-17", LineId(1, 0), NOON)
        self.go_through(storage)

    def go_through(self, storage: Storage) -> None:
        self.storage = storage
        self.catalog = TableCatalog(storage, "catalog")
        self.packages = BlobPackages(storage, "orders")
        self.parked = BlobParkedInputs(storage, "orders")
        self.hub = StorageHub(storage, storage, "Lines")
        self.tracking = TableTracking(storage, "Lines")

    async def fill(self) -> None:
        self.line = await self.catalog.add_line(self.line)
        await self.catalog.add_lines([line(minor) for minor in range(1, 5)])
        self.operation = await self.catalog.add_operation(self.operation)
        self.claim = await self.catalog.add_claim(self.claim)
        for number in range(5):
            await self.catalog.add_event(self.line.id, LineEvent(NOON, f"event {number}"))
        await self.packages.put(SHA, b"PK")
        await self.packages.note(RELEASE)
        self.reference = await self.parked.put(LineId(1, 0), "order-17", "{}")
        await self.fill_hub()

    async def fill_hub(self) -> None:
        instances = await self.storage.tables.create_table("LinesInstances")
        history = await self.storage.tables.create_table("LinesHistory")
        for number in range(5):  # idle entities, which are never finished and no work
            await instances.create_entity(row(f"@counter@{number}", "Running"))
        for name, status in ((ENDED, "Completed"), (RUNNING, "Running")):
            await instances.create_entity(row(name, status))
            await history.create_entity(
                {
                    "PartitionKey": name,
                    "RowKey": "0",
                    "ExecutionId": "x",
                    "EventType": "GenericEvent",
                }
            )
        for queue in ("control-00", "workitems"):
            await self.storage.queues.create_queue(f"{HUB.lower()}-{queue}")
        for container in ("applease", "leases", "largemessages"):
            await self.storage.blobs.create_container(f"{HUB.lower()}-{container}")


def row(instance_id: str, status: str) -> dict[str, Any]:
    return {
        "PartitionKey": instance_id,
        "RowKey": "",
        "Name": instance_id if instance_id.startswith("@") else "order",
        "TaskHubName": HUB,
        "RuntimeStatus": status,
        "CustomStatus": '{"entityExists":true,"queueSize":0}',
        "ExecutionId": "x",
        "CreatedTime": NOON,
        "LastUpdatedTime": NOON,
    }


@pytest_asyncio.fixture
async def stores(azurite: Azurite) -> AsyncIterator[Stores]:
    account = azurite.account()
    async with flaky_storage(account) as flaky:
        around = Storage(account)
        found = Stores(around, flaky)
        await found.fill()
        await around.close()
        storage = Storage(flaky.connection, options=ClientOptions(retries=0, read_timeout=0.5))
        found.go_through(storage)
        yield found
        await flaky.heal()
        await storage.close()


def test_table_of_methods_is_complete() -> None:
    ports = (Catalog, Packages, ParkedInputs, Hub, Tracking)
    asked = {
        (port, name)
        for port in ports
        for name, member in vars(port).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert {(port, name) for port in CALLS for name in CALLS[port]} == asked - EXCEPTIONS


@pytest.mark.parametrize("effect", EFFECTS)
async def test_every_method_reports_unreadable_storage(stores: Stores, effect: Effect) -> None:
    await stores.flaky.misbehave(effect)
    errors = await outcomes(stores, CALL_OF)
    assert {name: type(error) for name, error in errors.items()} == dict.fromkeys(
        CALL_OF, Unreadable
    )
    texts = " ".join(map(str, errors.values()))
    assert "127.0.0.1" not in texts
    assert "Key=" not in texts
    reading = await stores.hub.read(HUB, 1)
    assert (reading.complete, reading.unfinished, reading.made) == (False, (), True)


@pytest.mark.parametrize("effect", EFFECTS)
async def test_list_that_breaks_off_is_unreadable(stores: Stores, effect: Effect) -> None:
    stores.flaky.proxies["Table"].page = 2
    await stores.flaky.misbehave(effect, "Table", pattern="Next(Partition|Row)Key")
    found = await outcomes(stores, ("Catalog.lines", "Catalog.events", "Hub.unfinished"))
    assert {type(error) for error in found.values()} == {Unreadable}
    reading = await stores.hub.read(HUB, 1)  # what is unfinished follows on the second page
    assert (reading.complete, reading.unfinished) == (False, ())
    assert "LinesInstances cannot be read" in reading.problems[0]
    with pytest.raises(Unreadable):
        await stores.hub.delete_rows(HUB)
    await stores.flaky.heal()
    reading = await stores.hub.read(HUB, 1)
    assert [each.instance_id for each in reading.unfinished] == [RUNNING]
    assert len(await stores.catalog.lines()) == 5
    assert await stores.hub.delete_rows(HUB) == Purged(0, unfinished=1)


async def test_unreadable_queue_makes_the_reading_partial(stores: Stores) -> None:
    for effect in EFFECTS:
        for pattern in (r"comp=list", r"control-00/messages", r"workitems\?comp"):
            await stores.flaky.misbehave(effect, "Queue", pattern=pattern)
            reading = await stores.hub.read(HUB, 1)
            assert stores.flaky.struck > 0, (effect, pattern)
            assert not reading.complete, (effect, pattern)
            await stores.flaky.heal()


async def outcomes(stores: Stores, names: Iterable[str]) -> dict[str, Any]:
    """Call these methods concurrently, and return the result or error of each."""
    calls = {name: CALL_OF[name](stores) for name in names}
    results = await asyncio.gather(*calls.values(), return_exceptions=True)
    return dict(zip(calls, results, strict=True))
