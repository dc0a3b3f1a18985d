"""Functions that app settings disable: starts are refused and calls fail."""

import asyncio
import json
from pathlib import Path

import pytest

from emulator.tests.contract.durable.conftest import NewHost

APP = Path(__file__).parents[2] / "conformance" / "app"
pytestmark = pytest.mark.timeout(120)


def disabled(*names: str) -> dict[str, str]:
    return {f"AzureWebJobs.{name}.Disabled": "true" for name in names}


async def test_start_of_disabled_orchestrator_is_refused(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, **disabled("chain"))
    status, _, text = await host.ask("POST", "/orchestrators/chain/i")
    message = json.loads(text)["Message"]
    assert status == 400
    assert message.startswith(
        "The function 'chain' doesn't exist, is disabled, or is not an orchestrator function. "
        "Additional info: The following are the known orchestrator functions: "
    )
    assert "'chain'" not in message.partition("Additional info")[2]
    assert (await host.ask("GET", "/instances/i"))[0] == 404


async def test_call_of_disabled_activity_fails(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, **disabled("double"))
    await host.begin("chain", "i")
    status = await host.end("i")
    assert status["runtimeStatus"] == "Failed"
    assert status["output"].startswith(
        "Orchestrator function 'chain' failed: Activity function 'double' failed: "
        "Activity function 'double' is disabled."
    )


async def test_disabled_entity_fails_calls_and_ignores_signals(new_host: NewHost) -> None:
    host = new_host()
    await host.start(APP, **disabled("counter"))
    await host.begin("entity_fails", "i")
    assert (await host.end("i"))["output"].startswith("Exception: ")
    _, _, history = await host.ask("GET", "/instances/i?showHistory=true")
    assert "FunctionFailedException" in history
    assert "The function 'counter' doesn't exist, is disabled" in history
    assert (await host.ask("POST", "/entities/counter/e?op=add", '"1"'))[0] == 202
    await asyncio.sleep(1)
    assert (await host.ask("GET", "/entities/counter/e"))[0] == 404
