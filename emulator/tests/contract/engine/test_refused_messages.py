"""Messages that storage refuses in one encoding and takes in the other."""

import asyncio

import pytest

from emulator.engine.hub import TaskHub
from emulator.engine.model.hub_settings import MessageEncoding
from emulator.engine.storage.message_text import MessageRefusedError
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import at_work, ended, in_status, outcome, settings

HOLD_UP_SECONDS = 2.0


async def test_client_learns_of_a_refused_message(account: str) -> None:
    async with TaskHub(settings(account)) as hub:
        with pytest.raises(MessageRefusedError):
            await hub.create(instance_id="a\ufffe", name="hello")
        assert await hub.instance("a\ufffe") is None
        await hub.create(instance_id="b", name="approval")
        with pytest.raises(MessageRefusedError):
            await hub.raise_event("b", "approve", '"\uffff"')
        with pytest.raises(MessageRefusedError):
            await hub.terminate("b", "\uffff")
        await in_status(hub, "b", "Pending")
    async with at_work(settings(account), app()) as hub:
        await hub.raise_event("b", "approve", '"ok"')
        assert await outcome(hub, "b") == ("Completed", '"ok"')


async def test_refused_message_to_a_child_holds_up_the_hub(account: str) -> None:
    clock = asyncio.get_running_loop()
    async with at_work(settings(account, hold_up_seconds=HOLD_UP_SECONDS), app()) as hub:
        await hub.create(instance_id="bad", name="parent_with_id", input='"child"')
        await asyncio.sleep(0.5)
        began = clock.time()
        await hub.create(instance_id="other", name="hello")
        assert (await ended(hub, "other")).runtime_status == "Completed"
        assert clock.time() - began >= HOLD_UP_SECONDS / 2
        assert (await in_status(hub, "bad", "Pending", "Running")).output is None
        await hub.terminate("bad", "enough")
        assert (await ended(hub, "bad")).runtime_status == "Terminated"


async def test_activity_with_refused_result_runs_again(account: str) -> None:
    runs = asyncio.Semaphore(0)

    async def say(_: object) -> str:
        runs.release()
        return "\ufffe"

    slow = settings(account, hold_up_seconds=HOLD_UP_SECONDS)
    async with at_work(slow, app(say=say)) as hub:
        await hub.create(instance_id="bad", name="hello")
        async with asyncio.timeout(30):
            await runs.acquire()
            await runs.acquire()
        assert (await in_status(hub, "bad", "Running")).output is None


async def test_base64_takes_every_text(account: str) -> None:
    async def say(_: object) -> str:
        return "\ufffe"

    encoded = settings(account, encoding=MessageEncoding.BASE64)
    async with at_work(encoded, app(say=say)) as hub:
        await hub.create(instance_id="a\ufffe", name="hello")
        assert await outcome(hub, "a\ufffe") == ("Completed", '["\ufffe","\ufffe"]')


async def test_messages_in_both_encodings_are_read(account: str) -> None:
    for encoding in MessageEncoding:
        async with TaskHub(settings(account, encoding=encoding)) as client:
            await client.create(instance_id=encoding, name="hello")
    async with at_work(settings(account), app()) as hub:
        for encoding in MessageEncoding:
            assert (await ended(hub, encoding)).runtime_status == "Completed"
