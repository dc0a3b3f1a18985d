"""Restarts under an id that the caller chooses."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from emulator.tests.contract.durable.conftest import NewHost

APP = Path(__file__).parents[2] / "conformance" / "app"
pytestmark = pytest.mark.timeout(120)


async def test_restart_with_options_uses_the_id_of_the_caller(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP)
    await host.begin("output_text", "a", {"keep": "me"})
    await host.end("a")
    path = "/instances/a/restartWithOptions?newInstanceId="
    status, headers, text = await host.ask("POST", f"{path}b")
    assert (status, json.loads(text)["id"]) == (202, "b")
    assert "/instances/b?" in headers["Location"]
    restarted = await host.end("b")
    assert (restarted["name"], restarted["input"]) == ("output_text", {"keep": "me"})
    assert (await host.ask("POST", f"{path}a"))[0] == 202
    assert (await host.ask("POST", "/instances/none/restartWithOptions?newInstanceId=c"))[0] == 400


@pytest.mark.parametrize(
    ("new_id", "message"),
    [
        ("", "A new orchestration instance ID must be provided."),
        (
            "a/b",
            r"must not contain /, \, #, ?, or control characters. (Parameter 'newInstanceId')",
        ),
        ("a\tb", "must not contain"),
        ("@a", "must not start with @"),
    ],
)
async def test_restart_with_bad_id_is_refused(new_host: NewHost, new_id: str, message: str) -> None:
    host = new_host()
    await host.start(APP)
    path = f"/instances/a/restartWithOptions?newInstanceId={quote(new_id, safe='')}"
    status, _, text = await host.ask("POST", path)
    assert status == 400
    assert message in json.loads(text)["Message"]
