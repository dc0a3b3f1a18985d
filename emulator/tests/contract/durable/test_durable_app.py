"""Other uses of Durable in an app: the client, HTTP calls and common mistakes."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost

APP = Path(__file__).parent / "app"
pytestmark = pytest.mark.timeout(120)


async def drive(host: FunctionHost, operation: str, instance_id: str) -> tuple[int, Any]:
    """Let the app use its durable client."""
    url = f"http://127.0.0.1:{host.port}/api/drive/{operation}/{instance_id}"
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        text = await response.text()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text


async def test_sdk_client_manages_instances(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Client")
    status, links = await drive(host, "start", "a")
    assert status == 202
    query = f"taskHub=Client&connection=Storage&code={host.key}"
    assert links["statusQueryGetUri"] == f"{host.base}/instances/a?{query}"
    assert links["rewindPostUri"] == f"{host.base}/instances/a/rewind?reason={{text}}&{query}"
    assert len(links) == 9
    await host.until("a", "Running")
    assert await drive(host, "suspend", "a") == (202, "")
    await host.until("a", "Suspended")
    assert await drive(host, "resume", "a") == (202, "")
    await host.until("a", "Running")
    assert await drive(host, "raise", "a") == (202, "")
    # The client encodes twice, so the orchestrator receives its events as text.
    assert await drive(host, "wait", "a") == (200, [None, '{"from": "the client"}'])
    assert await drive(host, "status", "a") == (200, "OrchestrationRuntimeStatus.Completed")
    assert await drive(host, "purge", "a") == (200, 1)
    await drive(host, "start", "b")
    await host.until("b", "Running")
    assert await drive(host, "terminate", "b") == (202, "")
    assert (await host.end("b"))["output"] == "by the client"


async def test_activity_may_use_durable_client(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Client")
    await host.begin("parent_by_client", "p")
    assert (await host.end("p"))["output"] == "p-2"
    assert (await host.end("p-2"))["runtimeStatus"] == "Completed"


async def test_durable_http_call_returns_status_headers_and_content(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Client")
    url = f"http://127.0.0.1:{host.port}/runtime/webhooks/durabletask/instances/none"
    await host.begin("calls", "c", f"{url}?code={host.key}")
    assert (await host.end("c"))["runtimeStatus"] == "Failed"  # encoded once
    await host.begin("calls", "d", json.dumps(f"{url}?code={host.key}"))
    output = (await host.end("d"))["output"]
    assert (output["statusCode"], output["content"]) == (404, "")
    assert "Content-Length" not in output["headers"]
    await host.begin("calls", "e", json.dumps("http://127.0.0.1:1/"))
    assert "Cannot connect to host" in (await host.end("e"))["output"]


async def test_monitor_that_loops_fails_with_advice(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Client")
    await host.begin("spins", "s")
    await host.until("s", "Running")
    await host.raise_event("s", "wake", "one")
    status = await host.end("s")
    assert status["runtimeStatus"] == "Failed"
    assert "while the event 'wake' stayed unread" in status["output"]
    assert "Do not cancel the timer before continue_as_new" in status["output"]


async def test_any_state_may_be_replaced_if_configured(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Client", overridableExistingInstanceStates="AnyState")
    await host.begin("waiting", "w", {"number": 1})
    await host.until("w", "Running")
    await host.begin("waiting", "w", {"number": 2})
    await host.until("w", "Running")
    assert (await host.status("w"))["input"] == {"number": 2}
