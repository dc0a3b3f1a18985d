"""The cost of a thousand lines in the catalog to a start.

Their rows are copies of the line's own that no one watches. Starts through the router and directly
to the app are measured in turns, with one line, with many, and with one again, so that neither the
machine's other work nor its drift counts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import mean

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient, TableServiceClient

from bench.environment import Environment, environment
from bench.figure import Figure, MeasurementError, at_most
from bench.load import Send, in_turn, median_ms
from harness.local_stack import Log

_MANY = 1000
_BATCH = 100
_PAIRS = 200
_WARM_UP = 30
_REST_SECONDS = 0.04
_SETTLED_SECONDS = 12.0  # until the snapshot has been read again


async def measure(log: Log) -> list[Figure]:
    """Measure the ratio of the times through the router and directly, with few and many lines."""
    async with environment(log) as env:
        log("starting the line's app")
        durable = await env.durable(await env.open_line("1.0.0"))

        async def through_the_router() -> None:
            await env.router.start("nothing", "1.0.0", None)

        async def directly() -> None:
            await durable.start("nothing")

        ways: list[Send] = [through_the_router, directly]
        await in_turn(ways, _WARM_UP, 0)
        log("one line")
        before = await _times(ways)
        async with _lines(env):
            log(f"{_MANY} lines")
            await asyncio.sleep(_SETTLED_SECONDS)
            many = await _times(ways)
        log("one line again")
        await asyncio.sleep(_SETTLED_SECONDS)
        after = await _times(ways)
    one = mean(router - direct for router, direct in (before, after))
    added = many[0] - many[1]
    return [
        Figure(
            f"start through the router with {_MANY} lines in the catalog ÷ with one line: p50",
            at_most(1.02),
            many[0] / many[1] / mean(router / direct for router, direct in (before, after)),
            f"added to a start directly to the app: {added:.2f} ms with {_MANY} lines, {one:.2f} "
            f"ms with one; {_PAIRS} starts each",
        )
    ]


async def _times(ways: list[Send]) -> tuple[float, float]:
    router, direct = map(median_ms, await in_turn(ways, _PAIRS, _REST_SECONDS))
    return router, direct


@asynccontextmanager
async def _lines(env: Environment) -> AsyncIterator[None]:
    """Add copies of the line and its release to the catalog, and remove them."""
    service = TableServiceClient.from_connection_string(env.stack.storage)
    async with service, await _catalog(service) as catalog:
        line = await catalog.get_entity("line", "1.0")
        release = await catalog.get_entity("release", "1.0.0")
        rows = [_copy(each, number) for each in (line, release) for number in range(_MANY - 1)]
        await _submit(catalog, "create", rows)
        try:
            yield
        finally:
            await _submit(catalog, "delete", rows)


async def _catalog(service: TableServiceClient) -> TableClient:
    async for table in service.list_tables():
        if "catalog" in table.name:
            return service.get_table_client(table.name)
    raise MeasurementError("there is no catalog table")


def _copy(row: TableEntity, number: int) -> dict[str, object]:
    copied: dict[str, object] = dict(row)
    if row["PartitionKey"] == "line":
        copied["RowKey"] = copied["id"] = f"7.{number}"
        return copied | {"state": "registered"}
    copied["RowKey"] = copied["version"] = f"7.{number}.0"
    return copied


async def _submit(catalog: TableClient, verb: str, rows: list[dict[str, object]]) -> None:
    for partition in ("line", "release"):
        mine = [row for row in rows if row["PartitionKey"] == partition]
        for first in range(0, len(mine), _BATCH):
            few = mine[first : first + _BATCH]
            await catalog.submit_transaction([(verb, row) for row in few])
