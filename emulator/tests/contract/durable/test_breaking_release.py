"""A breaking release ends running instances in the same way as on the real extension."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.tests.conformance.transcript import Host, differences
from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost

CONFORMANCE = Path(__file__).parents[2] / "conformance"
RECORDED = json.loads((CONFORMANCE / "breaking.json").read_text())
STUCK = "step_gone_from_app"  # its activity no longer exists and is never answered
pytestmark = pytest.mark.timeout(120)


async def recorded_statuses(host: FunctionHost) -> list[Any]:
    """Return the status of every instance in the format of the transcript."""
    transcript = Host(host.base, host.key)
    for entry in RECORDED:
        path = entry["request"]["path"]
        status, headers, text = await host.ask("GET", f"{path}?code={host.key}")
        transcript.note(entry["name"], entry["request"], (status, headers, text))
    return list(transcript.entries)


async def test_running_instances_end_as_recorded(new_host: NewHost) -> None:
    host = new_host()
    names = [entry["name"] for entry in RECORDED]
    await host.start(CONFORMANCE / "breaking/running")
    for name in names:
        await host.begin(name, name)
    for name in names:
        await host.until_recorded(name, "TaskCompleted")
    await host.stop()
    await host.start(CONFORMANCE / "breaking/breaking")
    for name in names:
        await host.raise_event(name, "go", "e")
    for name in names:
        if name != STUCK:
            await host.end(name)
    await host.until_recorded(STUCK, "EventRaised")
    assert "\n".join(differences(RECORDED, await recorded_statuses(host))) == ""
    await assert_history_cannot_be_shown(host)


async def assert_history_cannot_be_shown(host: FunctionHost) -> None:
    """Two tasks have the same id, on which the real extension fails too."""
    status, _, text = await host.ask("GET", "/instances/step_renamed_before?showHistory=true")
    assert (status, json.loads(text)["ExceptionMessage"]) == (
        400,
        "An item with the same key has already been added. Key: TaskScheduled_0",
    )
