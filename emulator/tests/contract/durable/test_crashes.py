"""Durable functions whose worker process ends while they run."""

import asyncio
from pathlib import Path

from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost
from harness.waiting import until

APP = """
import os
import time
from pathlib import Path
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.orchestration_trigger(context_name="context")
def waits(context):
    return (yield context.call_activity(context.get_input()["activity"], None))

@app.orchestration_trigger(context_name="context")
def dies_itself(context):
    os._exit(4)

@app.activity_trigger(input_name="v")
def dies(v):
    os._exit(3)

@app.activity_trigger(input_name="v")
def sleeps(v):
    Path("asleep").touch()
    time.sleep(600)

@app.activity_trigger(input_name="v")
def works(v):
    return "worked"
"""


async def run(host: FunctionHost, function: str, value: str | None = None) -> tuple[str, object]:
    name = f"{function}-{value}"
    await host.begin(function, name, {"activity": value})
    status = await host.end(name)
    return status["runtimeStatus"], status["output"]


async def test_work_in_a_dying_process_fails(new_host: NewHost, tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(APP)
    host = new_host()
    await host.start(tmp_path)
    await host.begin("waits", "beside", {"activity": "sleeps"})
    await until(lambda: asyncio.to_thread((tmp_path / "asleep").exists), bool)
    status, output = await run(host, "waits", "dies")
    assert status == "Failed"
    assert "Activity function 'dies' failed: python exited with code 3 (0x3)" in str(output)
    beside = await host.end("beside")
    assert beside["runtimeStatus"] == "Failed"
    assert "'sleeps' failed: python exited with code 3 (0x3)" in beside["output"]
    assert await run(host, "waits", "works") == ("Completed", "worked")
    assert await run(host, "dies_itself") == (
        "Failed",
        (
            "Orchestrator function 'dies_itself' failed: One or more errors occurred. "
            "(python exited with code 4 (0x4))"
        ),
    )


async def test_next_host_repeats_the_work_of_the_third_crash(
    new_host: NewHost, tmp_path: Path
) -> None:
    (tmp_path / "function_app.py").write_text(APP)
    host = new_host()
    await host.start(tmp_path)
    for number in range(2):
        await host.begin("waits", str(number), {"activity": "dies"})
        assert (await host.end(str(number)))["runtimeStatus"] == "Failed"
    await host.begin("waits", "third", {"activity": "dies"})
    assert host._process is not None
    assert await asyncio.wait_for(host._process.wait(), 30) == 0
    (tmp_path / "function_app.py").write_text(APP.replace("os._exit(3)", "return 'repaired'"))
    await host.start(tmp_path)
    assert (await host.end("third"))["output"] == "repaired"


async def test_activity_beyond_its_time_fails(new_host: NewHost, tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(APP)
    host = new_host()
    await host.start(tmp_path, AzureFunctionsJobHost__functionTimeout="00:00:01")
    status, output = await run(host, "waits", "sleeps")
    assert status == "Failed"
    text = "'sleeps' failed: Timeout value of 00:00:01 was exceeded by function: Functions.sleeps"
    assert text in str(output)
