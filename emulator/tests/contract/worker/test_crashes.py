"""The end of a worker process, and what becomes of the calls in it and after it."""

import asyncio
import os
import time

import pytest

from emulator.host.errors import WorkerEnded
from emulator.host.functions import worker as module
from emulator.host.functions.worker import Worker
from emulator.tests.contract.worker.conftest import StartApp

APP = """
@app.activity_trigger(input_name="v")
def pid(v): return os.getpid()

@app.activity_trigger(input_name="v")
def sleeps(v):
    print("asleep", flush=True)
    time.sleep(v)
    return "rested"

@app.activity_trigger(input_name="v")
def dies(v): os._exit(v)

@app.activity_trigger(input_name="v")
async def exits(v): raise SystemExit(v)

@app.activity_trigger(input_name="v")
def exits_in_thread(v): raise SystemExit(v)

@app.activity_trigger(input_name="v")
async def interrupts(v): raise KeyboardInterrupt

@app.activity_trigger(input_name="v")
async def cancels(v): raise asyncio.CancelledError
"""


NO_WORKER = "Did not find any initialized language workers"


async def crash(worker: Worker, name: str, value: str = "3") -> str:
    with pytest.raises(WorkerEnded) as error:
        await worker.call(name, value)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dies", "python exited with code 3 (0x3)"),
        ("exits", "python exited with code 3 (0x3)"),
        ("exits_in_thread", "python exited with code 3 (0x3)"),
        ("interrupts", "python exited with code 130 (0x82)"),
    ],
)
async def test_dying_function_takes_its_process_along(
    start_app: StartApp, name: str, text: str
) -> None:
    worker = await start_app(APP)
    first = await worker.call("pid", "1")
    beside = asyncio.create_task(crash(worker, "sleeps", "0.5" if "thread" in name else "30"))
    await asyncio.sleep(0)
    assert await crash(worker, name) == text
    if "thread" not in name:  # there the interpreter waits for its other threads
        assert await beside == text
    later = await worker.call("pid", "1")
    assert later != first
    beside.cancel()
    await asyncio.gather(beside, return_exceptions=True)


async def test_third_crash_ends_the_host(start_app: StartApp) -> None:
    worker = await start_app(APP)
    for _ in range(2):
        await crash(worker, "dies")
        assert not worker.gone.is_set()
    await crash(worker, "dies")
    assert worker.gone.is_set()
    assert await crash(worker, "pid", "1") == NO_WORKER


async def test_call_before_a_crash_is_noticed_fails(start_app: StartApp) -> None:
    worker = await start_app(APP)
    dying = asyncio.create_task(crash(worker, "dies"))
    assert worker._process is not None
    await worker._process._child.wait()
    assert await crash(worker, "pid", "1") == NO_WORKER
    assert not dying.done()
    assert await dying == "python exited with code 3 (0x3)"
    assert await worker.call("pid", "1")


async def test_replaced_process_takes_its_calls_along(start_app: StartApp) -> None:
    worker = await start_app(APP)
    first = await worker.call("pid", "1")
    running = asyncio.create_task(crash(worker, "sleeps", "30"))
    await asyncio.sleep(0.2)
    assert worker.outstanding == 1
    worker.replace()
    assert await crash(worker, "pid", "1") == NO_WORKER
    assert await running == NO_WORKER
    worker.accept()
    assert await worker.call("pid", "1") != first
    assert worker.outstanding == 0
    for _ in range(2):  # a restart is no crash
        await crash(worker, "dies")
    assert not worker.gone.is_set()


async def test_app_that_breaks_later_ends_the_host(start_app: StartApp) -> None:
    code = "import pathlib\nif pathlib.Path('mark').exists(): 1 / 0\npathlib.Path('mark').touch()\n"
    worker = await start_app(code + APP)
    await crash(worker, "dies")
    assert await crash(worker, "pid") == NO_WORKER


async def test_call_beyond_its_time_takes_the_others_along(
    start_app: StartApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_GRACE_SECONDS", 0.5)
    worker = await start_app(APP, limit=2)
    text = "Timeout value of 00:00:02 was exceeded by function: Functions."
    began = time.monotonic()
    slow = asyncio.create_task(crash(worker, "sleeps", "30"))
    await asyncio.sleep(1.0)
    beside, quick = (asyncio.create_task(worker.call("sleeps", v)) for v in ("30", "1.1"))
    assert await slow == f"{text}sleeps"
    assert time.monotonic() - began > 2.4
    assert await quick == '"rested"'
    with pytest.raises(WorkerEnded, match=text):
        await beside
    for _ in range(2):  # time-outs do not count as crashes
        assert await crash(worker, "cancels") == f"{text}cancels"
    assert not worker.gone.is_set()
    assert await worker.call("pid", "1")


async def test_process_ends_with_its_host(start_app: StartApp) -> None:
    worker = await start_app(APP)
    assert worker._process is not None
    child = worker._process._child
    os.close(worker._process._lifeline)
    worker._process._lifeline = os.open(os.devnull, os.O_RDONLY)
    assert await asyncio.wait_for(child.wait(), 10) == 0
