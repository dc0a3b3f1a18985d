"""Two lines on one tracking store: an app changes the instances of the other."""

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


async def normalized_response(host: FunctionHost, request: dict[str, Any]) -> dict[str, Any]:
    """Return the host's answer in the format of the recording."""
    path = request["path"]
    path += ("&" if "?" in path else "?") + f"code={host.key}"
    status, _, text = await host.ask(request["method"], path, request["body"])
    transcript = Host(host.base, host.key)
    body = transcript.normalized(json.loads(transcript.plain(text))) if text else ""
    return {"status": status, "body": body}


async def assert_answers_as_recorded(host: FunctionHost, entry: dict[str, Any]) -> None:
    """Assert that the host eventually answers as recorded, retrying rejected requests."""
    actual: dict[str, Any] = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                actual = await normalized_response(host, entry["request"])
                if actual == entry["response"]:
                    return
                repeatable = entry["request"]["method"] == "GET" or actual["status"] >= 400
                assert repeatable, entry["name"]
                await asyncio.sleep(0.1)
    except TimeoutError:
        assert actual == entry["response"], entry["name"]


async def messages(storage: str, prefix: str) -> int:
    """Return the number of messages in the queues with this prefix."""
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


async def test_app_changes_instances_of_other_hub_as_recorded(
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
        await assert_answers_as_recorded(host, entry)
        if entry["name"].startswith("start "):
            await host.until(entry["request"]["path"].rpartition("/")[2], "Running")
    # The event sent through 1.1 with 1.0's hub is in 1.1's own account, which 1.0 never reads.
    assert await messages(hosts["1.1"].storage, "line1x0-control") == 1
    assert await messages(hosts["1.0"].storage, "line1x1-control") == 0
