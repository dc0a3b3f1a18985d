"""Values of any size and with any characters pass through queues, tables and blobs."""

import json
import re

import pytest

from emulator.engine.hub import TaskHub
from emulator.engine.model.event import EventType
from emulator.engine.model.instance import InstanceQuery
from emulator.engine.storage.large_messages import LargeMessageNotFoundError
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import at_work, ended, in_status, outcome, settings
from harness.storage_dump import dump


async def test_large_input_and_output_round_trip_through_blobs(account: str) -> None:
    text = json.dumps("ä" * 70_000, ensure_ascii=False)
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="echo", input=text)
        instance = await ended(hub, "a")
        raw = await hub.instance("a", fetch_large=False)
        history = await hub.history("a")
        account_after = await dump(account)

    assert instance.input == text
    assert json.loads(instance.output or "") == json.loads(text)
    assert raw is not None
    assert (raw.input or "").endswith("-Input.json.gz")
    assert (raw.output or "").endswith("-Result.json.gz")
    assert history[1]["Input"] == text
    kinds = sorted(name.split("-")[0] for name in account_after["blobs"]["testhub-largemessages"])
    assert kinds == ["a/history", "a/history", "a/message"]


async def test_large_activity_result_reaches_orchestration(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="big_result", input="100000")
        assert await outcome(hub, "a") == ("Completed", json.dumps("x" * 100_000))
        pending = await hub.history("a")
    assert len(pending) == 8


async def test_large_input_of_pending_instance_is_read_from_message(
    account: str,
) -> None:
    text = json.dumps("x" * 50_000)
    async with TaskHub(settings(account)) as hub:
        await hub.create(instance_id="with space/and?odd#id", name="echo", input=text)
        instance = await hub.instance("with space/and?odd#id")
        raw = await hub.instance("with space/and?odd#id", fetch_large=False)
    assert instance is not None
    assert raw is not None
    assert (instance.runtime_status, instance.input) == ("Pending", text)
    assert (raw.input or "").endswith("-ExecutionStarted.json.gz")


async def test_input_too_large_only_for_row_goes_to_blob(account: str) -> None:
    text = json.dumps("x" * 40_000)  # under 45 KiB of UTF-8, over 60 KiB of UTF-16
    async with TaskHub(settings(account)) as hub:
        await hub.create(instance_id="a", name="echo", input=text)
        pending = await hub.instance("a")
        names = (await dump(account))["blobs"]["testhub-largemessages"]
    async with at_work(settings(account), app()) as hub:
        instance = await ended(hub, "a")

    assert pending is not None
    assert (pending.runtime_status, pending.input) == ("Pending", "")  # the column is empty
    assert [re.sub("[0-9A-F]{8}", "…", name) for name in names] == [
        "a/history--Input-…-Input.json.gz"
    ]
    assert (instance.runtime_status, instance.input) == ("Completed", text)
    assert json.loads(instance.output or "") == json.loads(text)


async def test_missing_large_value_raises_error(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="echo", input=json.dumps("x" * 70_000))
        await ended(hub, "a")
        await hub.stores.blobs.delete_for("a")
        with pytest.raises(LargeMessageNotFoundError, match="testhub-largemessages/a/history-"):
            await hub.instance("a")
        with pytest.raises(LargeMessageNotFoundError):
            await hub.instances(InstanceQuery())
        assert await hub.instance("a", fetch_large=False) is not None


async def test_unrelated_url_is_plain_text(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="approval")
        await in_status(hub, "a", "Running")
        await hub.terminate("a", "https://example.test/why.json.gz")
        assert await outcome(hub, "a") == ("Terminated", "https://example.test/why.json.gz")


async def test_ids_with_any_characters_are_distinct(account: str) -> None:
    ids = [
        "umlaut-ä",
        "it's",
        "a%2Fb",
        "a+b",
        "a b",
        "a/b",
        "a\\b",
        "a#b?c",
        "^",
        "x" * 300,
        "日本",
    ]
    async with at_work(settings(account), app()) as hub:
        for number, instance_id in enumerate(ids):
            await hub.create(instance_id=instance_id, name="collect", input="1")
            await hub.raise_event(instance_id, "item", str(number))
        for number, instance_id in enumerate(ids):
            assert await outcome(hub, instance_id) == ("Completed", f"[{number}]")
        instances, _ = await hub.instances(InstanceQuery())
        assert sorted(i.instance_id for i in instances) == sorted(ids)
        for instance_id in ids:
            assert await hub.purge(instance_id) == 1
        assert await hub.instances(InstanceQuery()) == ([], None)


async def test_history_of_several_pages_is_read_completely(account: str) -> None:
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="fan", input="520")
        instance = await ended(hub, "a")
        history = await hub.history("a")
    assert len(json.loads(instance.output or "")) == 520
    kinds = [e["EventType"] for e in history]
    assert len(kinds) > 1000
    assert (kinds.count(EventType.TaskScheduled), kinds.count(EventType.TaskCompleted)) == (
        520,
        520,
    )


async def test_special_characters_survive_queues_and_tables(
    account: str,
) -> None:
    text = json.dumps({"text": "<&>\"'\u2028 \u00e4 \U0001f600 ]]> \\ \t"}, ensure_ascii=False)
    async with at_work(settings(account), app()) as hub:
        await hub.create(instance_id="a", name="echo", input=text)
        instance = await ended(hub, "a")
    assert instance.input == text
    assert json.loads(instance.output or "") == json.loads(text)
