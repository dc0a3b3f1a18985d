"""The clean-up of a retired line with very many instances in tables of its own.

The rows are made in batches, past the engine, and are of ended instances. All rows of a batch have
one partition key, unlike the engine's. The tables are dropped whole, whatever is in them.
"""

from datetime import UTC, datetime
from typing import Any

from azure.data.tables.aio import TableClient, TableServiceClient

from bench.environment import Environment, environment
from bench.figure import Figure, at_most
from harness.local_stack import Log
from harness.waiting import line_until

_INSTANCES = 100_000
_BATCH = 100  # the most that a table takes at once
_SETTINGS = {"ROUTER_RETENTION_SECONDS": "5"}


async def measure(log: Log) -> list[Figure]:
    """Fill a line's tables, retire it and measure its clean-up."""
    async with environment(log, settings=_SETTINGS) as env:
        await env.open_line("1.0.0")
        line = await env.router.get("/api/lines/1.0")
        log(f"making {_INSTANCES:,} rows in either table of line 1.0")
        async with TableServiceClient.from_connection_string(env.stack.storage) as tables:
            for kind in ("Instances", "History"):
                await _fill(tables.get_table_client(f"{line.body['taskHub']}{kind}"), line.body)
        log("draining it, and waiting for the end of its retention")
        await env.router.line_action("1.0", "drain")
        gone = await line_until(
            env.router, "1.0", lambda seen: bool((seen["teardownReport"] or {}).get("purgedAt"))
        )
        return [await _figure(env, gone)]


async def _fill(table: TableClient, line: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    row = {
        "Name": "nothing",
        "RuntimeStatus": "Completed",
        "TaskHubName": line["taskHub"],
        "CreatedTime": now,
        "LastUpdatedTime": now,
        "Input": '"an input of the usual length"',
    }
    for first in range(0, _INSTANCES, _BATCH):
        keys = ({"PartitionKey": f"1-0-{first}", "RowKey": f"{n:03}"} for n in range(_BATCH))
        await table.submit_transaction([("create", {**row, **key}) for key in keys])


async def _figure(env: Environment, line: dict[str, Any]) -> Figure:
    """Return the time that the operation itself recorded."""
    (began,) = (each["what"] for each in line["events"] if each["what"].startswith("cleanup began"))
    name = began.partition("(")[2].rstrip(")")
    found = (await env.router.get(f"/api/operations/{name}")).body
    begun = datetime.fromisoformat(found["begunAt"])
    ended = datetime.fromisoformat(max(step["endedAt"] for step in found["steps"]))
    return Figure(
        f"clean-up of a line with {_INSTANCES:,} instances in tables of its own",
        at_most(5, "s"),
        (ended - begun).total_seconds(),
        f"from its begin to its end as {name} recorded them; {_INSTANCES:,} rows in either table",
    )
