"""The transcript of the real extension, against the emulator's host: nothing may differ.

Parts that do not meet run side by side on one hub; what is then in storage is held to what the
real engine left there.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from emulator.tests.conformance.transcript import differences
from emulator.tests.contract.durable import recorded_storage
from harness.azurite import Azurite
from harness.function_host import FunctionHost
from harness.storage_dump import dump

CONFORMANCE = Path(__file__).parents[2] / "conformance"
TRANSCRIPT = CONFORMANCE / "transcript.py"
SIDE_BY_SIDE = ("starting,inputs", "outcomes", "events", "races", "management")
AFTER_THOSE = "entities,listing"  # they count what the others left

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[list[Any], dict[str, Any]]]:
    """What the host answered, and what was in its account when it had stopped."""
    directory = tmp_path_factory.mktemp("conformance")
    host = FunctionHost("conformance", azurite.account(), directory / "host.log")
    await host.start(CONFORMANCE / "app")
    try:
        parts = await asyncio.gather(*(_part(host, directory, each) for each in SIDE_BY_SIDE))
        parts.append(await _part(host, directory, AFTER_THOSE))
    finally:
        await host.stop()
    yield [entry for part in parts for entry in part], await dump(host.storage)


async def _part(host: FunctionHost, directory: Path, names: str) -> list[Any]:
    out = directory / f"{names}.json"
    arguments = ("--base", host.base, "--code", host.key, "--only", names, "--out", str(out))
    process = await asyncio.create_subprocess_exec(sys.executable, str(TRANSCRIPT), *arguments)
    assert await process.wait() == 0
    entries: list[Any] = json.loads(out.read_text())
    return entries


async def test_the_host_answers_as_the_real_extension(run: tuple[list[Any], Any]) -> None:
    recorded = json.loads((CONFORMANCE / "recorded.json").read_text())
    assert "\n".join(differences(recorded, run[0])) == ""
    assert len(run[0]) == len(recorded)


async def test_storage_is_left_as_by_the_real_engine(run: tuple[Any, dict[str, Any]]) -> None:
    recorded = json.loads((CONFORMANCE / "storage.json").read_text())["storage"]
    found = recorded_storage.told(run[1])
    wanted = recorded_storage.told(recorded)
    assert found["queues"] == wanted["queues"]
    assert found["blobs"] == wanted["blobs"]
    for table, rows in wanted["tables"].items():
        assert found["tables"][table] == rows, table
    assert found["tables"].keys() == wanted["tables"].keys()
