"""Two lines on one tracking store: what an app does with the instances of the other."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue.aio import QueueServiceClient

from emulator.tests.conformance.transcript import Host
from emulator.tests.contract.durable.conftest import NewHost
from harness.azurite import Azurite
from harness.function_host import FunctionHost

CONFORMANCE = Path(__file__).parents[2] / "conformance"
RECORDED = json.loads((CONFORMANCE / "two-hubs.json").read_text())
PATIENCE_SECONDS = 15
pytestmark = pytest.mark.timeout(120)


async def noted(host: FunctionHost, request: dict[str, Any]) -> dict[str, Any]:
    """What the host answers, in the words of the recording."""
    path = request["path"]
    path += ("&" if "?" in path else "?") + f"code={host.key}"
    status, _, text = await host.ask(request["method"], path, request["body"])
    notes = Host(host.base, host.key)
    body = notes.told(json.loads(notes.plain(text))) if text else ""
    return {"status": status, "body": body}


async def answers(host: FunctionHost, entry: dict[str, Any]) -> None:
    """Assert that the host comes to answer as recorded; a refused request is made again."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await noted(host, entry["request"])
                if found == entry["response"]:
                    return
                harmless = entry["request"]["method"] == "GET" or found["status"] >= 400
                assert harmless, entry["name"]
                await asyncio.sleep(0.1)
    except TimeoutError:
        assert found == entry["response"], entry["name"]


async def messages(storage: str, prefix: str) -> int:
    """How many messages are in the queues of that prefix."""
    async with QueueServiceClient.from_connection_string(storage) as queues:
        return sum(
            [
                (
                    await queues.get_queue_client(queue.name).get_queue_properties()
                ).approximate_message_count
                or 0
                async for queue in queues.list_queues(name_starts_with=prefix)
            ]
        )


async def test_an_app_meddles_with_the_others_instances_as_recorded(
    new_host: NewHost, azurite: Azurite
) -> None:
    tracking = azurite.account()
    hosts = {"1.0": new_host("line-1-0"), "1.1": new_host("line-1-1")}
    for line, host in hosts.items():
        await host.start(
            CONFORMANCE / "app",
            hubName=f"Line{line.replace('.', 'x')}",
            storageProvider__trackingStoreConnectionStringName="TrackingStore",
            storageProvider__trackingStoreNamePrefix="Shared",
            TrackingStore=tracking,
        )
    for entry in RECORDED:
        host = hosts[entry["app"]]
        await answers(host, entry)
        if entry["name"].startswith("start "):
            await host.until(entry["request"]["path"].rpartition("/")[2], "Running")
    # The event sent through 1.1 with 1.0's hub is in 1.1's own account, where 1.0 never looks.
    assert await messages(hosts["1.1"].storage, "line1x0-control") == 1
    assert await messages(hosts["1.0"].storage, "line1x1-control") == 0
