"""Texts that make the status of an instance and the lists with it fail until it is purged."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost

APP = Path(__file__).parents[2] / "conformance" / "app"
pytestmark = pytest.mark.timeout(120)


async def ended_with(host: FunctionHost, instance_id: str, reason: str) -> None:
    """Run an instance and terminate it, which must be done when this returns."""
    await host.begin("event", instance_id)
    await host.until(instance_id, "Running")
    path = f"/instances/{instance_id}/terminate?reason={quote(reason, safe='')}"
    assert (await host.ask("POST", path))[0] == 202
    while (await host.ask("POST", path))[0] == 202:
        pass


async def exceptions(host: FunctionHost, *paths: str) -> list[tuple[int, str]]:
    """Return the status and the exception's text of each answer."""
    found = []
    for path in paths:
        status, _, text = await host.ask("GET", path)
        body = json.loads(text)
        found.append((status, body["ExceptionMessage"] if isinstance(body, dict) else ""))
    return found


async def test_reason_that_is_a_comment_breaks_status_and_lists(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP)
    await ended_with(host, "r", "//host/x")
    text = "Token PropertyName in state Property would result in an invalid JSON object. Path '{}'."
    assert await exceptions(host, "/instances/r", "/instances", "/instances?top=0") == [
        (500, text.format("")),
        (500, text.format("[0]")),
        (200, ""),
    ]
    assert (await host.ask("DELETE", "/instances/r"))[0] == 200
    assert await exceptions(host, "/instances") == [(200, "")]


async def test_reason_in_the_container_of_the_hub_counts_as_blob(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP)
    parts = dict(part.split("=", 1) for part in host.storage.split(";") if "=" in part)
    container = f"{parts['BlobEndpoint'].rstrip('/')}/conformance-largemessages"
    await ended_with(host, "else", "https://x/y/z.json.gz")
    assert (await host.status("else"))["output"] == "https://x/y/z.json.gz"
    await ended_with(host, "own", f"{container}/none.json.gz")
    storage = (500, "An error occurred while communicating with Azure Storage")
    assert await exceptions(host, "/instances/own", "/instances") == [storage] * 2
    assert (await host.ask("POST", "/orchestrators/event/own"))[0] == 500
    assert (await host.ask("DELETE", "/instances?createdTimeFrom=2020-01-01T00:00:00Z"))[0] == 200
    assert await exceptions(host, "/instances") == [(200, "")]
