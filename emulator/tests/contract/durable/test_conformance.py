"""The emulator's host gives the recorded answers of the real extension.

Independent parts run concurrently on one hub, whose storage is then compared with that of the real
engine.
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
CONCURRENT_PARTS = ("starting,inputs", "outcomes", "events", "races", "management")
FINAL_PARTS = "entities,listing"  # they count the results of the others

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def conformance_run(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[list[Any], dict[str, Any]]]:
    """Return the host's answers, and the content of its account after it stopped."""
    directory = tmp_path_factory.mktemp("conformance")
    host = FunctionHost("conformance", azurite.account(), directory / "host.log")
    await host.start(CONFORMANCE / "app")
    try:
        parts = await asyncio.gather(
            *(_run_parts(host, directory, each) for each in CONCURRENT_PARTS)
        )
        parts.append(await _run_parts(host, directory, FINAL_PARTS))
    finally:
        await host.stop()
    yield [entry for part in parts for entry in part], await dump(host.storage)


async def _run_parts(host: FunctionHost, directory: Path, names: str) -> list[Any]:
    out = directory / f"{names}.json"
    arguments = ("--base", host.base, "--code", host.key, "--only", names, "--out", str(out))
    process = await asyncio.create_subprocess_exec(sys.executable, str(TRANSCRIPT), *arguments)
    assert await process.wait() == 0
    entries: list[Any] = json.loads(out.read_text())
    return entries


async def test_host_answers_like_real_extension(conformance_run: tuple[list[Any], Any]) -> None:
    recorded = json.loads((CONFORMANCE / "recorded.json").read_text())
    assert "\n".join(differences(recorded, conformance_run[0])) == ""
    assert len(conformance_run[0]) == len(recorded)


async def test_storage_matches_real_engine(
    conformance_run: tuple[Any, dict[str, Any]],
) -> None:
    recorded = json.loads((CONFORMANCE / "storage.json").read_text())["storage"]
    actual = recorded_storage.normalized(conformance_run[1])
    expected = recorded_storage.normalized(recorded)
    assert actual["queues"] == expected["queues"]
    assert actual["blobs"] == expected["blobs"]
    for table, rows in expected["tables"].items():
        assert actual["tables"][table] == rows, table
    assert actual["tables"].keys() == expected["tables"].keys()
