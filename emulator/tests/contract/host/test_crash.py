"""A host whose worker process dies while the host continues."""

import asyncio

from emulator.tests.contract.host.conftest import SETTINGS, MakeHost
from emulator.tests.contract.host.host_process import Answer, until

CRASHED = Answer(500, b"", {})


async def test_host_goes_on_when_its_worker_dies(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    await process.status()
    beside = asyncio.create_task(process.get("/api/sleep/600"))
    await until(lambda: "asleep" in process.log)
    assert await process.get("/api/die") == CRASHED
    assert await asyncio.wait_for(beside, 1) == CRASHED
    assert (await process.status())["state"] == "Running"
    assert (await process.get("/api/answer")).status == 201
    assert "python exited with code 3 (0x3)" in process.log


async def test_third_crash_ends_the_host(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    await process.status()
    assert [await process.get("/api/die") for _ in range(3)] == 3 * [CRASHED]
    assert process.process is not None
    assert await asyncio.to_thread(process.process.wait, 10) == 0
    assert "Exceeded language worker restart retry count for runtime:python." in process.log


async def test_call_beyond_the_time_of_host_json_fails(host: MakeHost) -> None:
    process = host("http_app")
    process.start({**SETTINGS, "AzureFunctionsJobHost__functionTimeout": "00:00:01"})
    assert await process.get("/api/sleep/600") == CRASHED
    assert "Timeout value of 00:00:01 exceeded by function 'Functions.sleep'" in process.log
    assert (await process.get("/api/answer")).status == 201
