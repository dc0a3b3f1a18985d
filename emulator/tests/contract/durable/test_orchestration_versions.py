"""Orchestration versions: every recorded start under the settings of every host."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost

APP = Path(__file__).parent / "app"
RECORDED = json.loads((Path(__file__).parents[2] / "conformance/versions.json").read_text())
STARTS: dict[str, list[dict[str, Any]]] = defaultdict(list)
for entry in RECORDED:
    if "startedWith" in entry:
        STARTS[entry["host"]].append(entry)
SETTINGS = {
    "no defaultVersion": {},
    "defaultVersion 1.0": {"defaultVersion": "1.0"},
    "defaultVersion 1.0, Strict, Fail": {
        "defaultVersion": "1.0",
        "versionMatchStrategy": "Strict",
        "versionFailureStrategy": "Fail",
    },
    "defaultVersion 1.0, None": {"defaultVersion": "1.0", "versionMatchStrategy": "None"},
    "defaultVersion 1.0, CurrentOrOlder, Fail": {
        "defaultVersion": "1.0",
        "versionFailureStrategy": "Fail",
    },
}
pytestmark = pytest.mark.timeout(180)


async def assert_reaches_recorded_status(
    host: FunctionHost, instance_id: str, entry: dict[str, Any]
) -> None:
    """Assert that the instance reaches its recorded status."""
    status_object = await host.until(instance_id, entry["runtimeStatus"])
    assert status_object["output"] == entry["output"], entry


@pytest.mark.parametrize("name", SETTINGS)
async def test_starts_run_fail_or_wait_as_recorded(new_host: NewHost, name: str) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Versions", **SETTINGS[name])
    for number, entry in enumerate(STARTS[name]):
        version = entry["startedWith"]
        query = "" if version is None else f"?version={version}"
        status, _, _ = await host.ask("POST", f"/orchestrators/about/i{number}{query}")
        assert status == 202
    # When this later instance has ended, all runnable instances have run.
    await host.begin("kid", "last")
    await host.end("last")
    for number, entry in enumerate(STARTS[name]):
        await assert_reaches_recorded_status(host, f"i{number}", entry)


@pytest.mark.parametrize(("later", "entry"), [("1.1", RECORDED[-2]), ("0.9", RECORDED[-1])])
async def test_waiting_instance_after_host_version_change(
    new_host: NewHost, later: str, entry: dict[str, Any]
) -> None:
    host = new_host()
    await host.start(APP, HUB_NAME="Versions", defaultVersion="1.0")
    await host.begin("waiting", "w")
    await host.until("w", "Running")
    await host.stop()
    await host.start(APP, HUB_NAME="Versions", defaultVersion=later)
    await host.raise_event("w", "go", "after the upgrade")
    await host.begin("kid", "last")
    await host.end("last")
    await assert_reaches_recorded_status(host, "w", entry)
