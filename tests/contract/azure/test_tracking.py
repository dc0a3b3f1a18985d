"""Instances as the real engine left them, read without any app."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.tracking import TableTracking
from router.domain.errors import Unreadable
from router.domain.model import Owner
from router.ports import StatusQuery
from tests.contract.azure.recordings import loaded


@pytest_asyncio.fixture
async def account(azurite: Azurite) -> AsyncIterator[Storage]:
    storage = Storage((await loaded(azurite, "05", history=True))["tracking"])
    yield storage
    await storage.close()


async def test_a_status_has_the_shape_of_durables_own_api(account: Storage) -> None:
    tracking = TableTracking(account, "Shared")
    assert await tracking.status("susp-1", StatusQuery()) == {
        "name": "approval",
        "instanceId": "susp-1",
        "runtimeStatus": "Suspended",
        "input": 1,
        "customStatus": {"step": "waiting for approval"},
        "output": "hold on",
        "createdTime": "2026-11-22T04:49:50Z",
        "lastUpdatedTime": "2026-11-22T04:49:59Z",
    }


async def test_an_id_with_odd_characters_is_found_under_its_escaped_key(account: Storage) -> None:
    tracking = TableTracking(account, "Shared")
    found = await tracking.status("with space/and?odd#id", StatusQuery())
    assert found is not None
    assert (found["instanceId"], found["runtimeStatus"]) == ("with space/and?odd#id", "Completed")


async def test_an_id_that_was_never_used_is_not_there(account: Storage) -> None:
    tracking = TableTracking(account, "Shared")
    assert await tracking.status("never", StatusQuery()) is None
    assert await tracking.owner("never") is None


async def test_before_any_line_ran_there_is_no_instance(storage: Storage) -> None:
    tracking = TableTracking(storage, "Lines")
    assert await tracking.status("any", StatusQuery()) is None
    assert await tracking.owner("any") is None


async def test_the_owner_is_the_hub_that_the_row_names(account: Storage) -> None:
    tracking = TableTracking(account, "Shared")
    created = datetime(2026, 11, 22, 4, 49, 57, tzinfo=UTC)
    owner = await tracking.owner("new-wait")
    assert owner is not None
    assert owner == Owner("Line1x1", "Running", owner.created_at)
    assert abs((owner.created_at - created).total_seconds()) < 60


async def test_large_values_are_read_from_the_blobs_that_hold_them(account: Storage) -> None:
    await put_large(account, "history-0000000000000001-ExecutionStarted-55FF71ED-Input", ["in"])
    await put_large(account, "history-0000000000000002-ExecutionCompleted-349633ED-Result", "out")
    tracking = TableTracking(account, "Shared")
    full = StatusQuery(show_history=True, show_history_output=True)
    found = await tracking.status("big-1", full)
    assert found is not None
    assert (found["input"], found["output"]) == (["in"], "out")
    started, completed = found["historyEvents"]
    assert (started["Input"], completed["Result"]) == ('["in"]', "out")


async def test_a_large_input_of_what_has_not_begun_is_read_from_the_blob_that_its_row_names(
    account: Storage,
) -> None:
    await put_large(account, "history--Input-0AC0FFEE-Input", ["in"])
    named = "big-1/history--Input-0AC0FFEE-Input.json.gz"
    begun = {"RuntimeStatus": "Pending", "Input": "", "InputBlobName": named, "Output": "null"}
    await merge(account, "big-1", **begun)
    found = await TableTracking(account, "Shared").status("big-1", StatusQuery())
    assert found is not None
    assert (found["runtimeStatus"], found["input"]) == ("Pending", ["in"])


async def test_what_is_not_shown_is_not_fetched(account: Storage) -> None:
    # The blobs of this recording hold no readable text, so fetching one would fail.
    tracking = TableTracking(account, "Shared")
    found = await tracking.status("big-2", StatusQuery(show_input=False, show_history=True))
    assert found is not None
    assert found["input"] is None
    with pytest.raises(Unreadable, match="big-2"):
        await tracking.status("big-2", StatusQuery())


async def test_a_large_value_whose_blob_is_gone_is_null_and_shows_no_address(
    account: Storage,
) -> None:
    await account.blobs.delete_container("line1x0-largemessages")
    found = await TableTracking(account, "Shared").status("big-1", StatusQuery())
    assert found is not None
    assert (found["input"], found["output"]) == (None, None)


async def test_a_reason_that_is_an_address_is_a_text(account: Storage) -> None:
    await merge(account, "susp-1", Output="https://example.com/ticket/7")
    found = await TableTracking(account, "Shared").status("susp-1", StatusQuery())
    assert found is not None
    assert found["output"] == "https://example.com/ticket/7"


OTHERS = (
    "line1x0-largemessages/big-2/history-0000000000000001-ExecutionStarted-39951932-Input.json.gz",
    "line1x1-largemessages/susp-1/history-0000000000000001-ExecutionStarted-1-Input.json.gz",
    "line1x0-largemessages/susp-1/../big-2/history-1-Input.json.gz",
    "line1x0-largemessages/susp-1/deeper/history-1-Input.json.gz",
    "line1x0-largemessages/susp-1/secret.json.gz",
    "line1x0-largemessages/susp-1%2F..%2Fbig-2/history-1-Input.json.gz",
    "elsewhere/line1x0-largemessages/susp-1/history-1-Input.json.gz",
    "[",
)


@pytest.mark.parametrize("place", OTHERS)
async def test_a_text_that_names_what_is_not_its_instances_own_is_a_text(
    account: Storage, place: str
) -> None:
    text = f"http://127.0.0.1:20000/tracking/{place}"
    large = account.blobs.get_container_client("line1x0-largemessages")
    for name in ("susp-1/secret.json.gz", "susp-1/deeper/history-1-Input.json.gz"):
        await large.upload_blob(name, gzip.compress(b'"another\'s"'))
    await merge(account, "susp-1", Output=text, Input=text)
    found = await TableTracking(account, "Shared").status("susp-1", StatusQuery())
    assert found is not None
    assert (found["input"], found["output"]) == (text, text)


async def test_a_history_that_names_anothers_blob_shows_nothing_of_it(account: Storage) -> None:
    await put_large(account, "history-1-ExecutionStarted-1-Input", "another's")
    history = account.tables.get_table_client("SharedHistory")
    events = history.query_entities("PartitionKey eq 'susp-1' and EventType eq 'ExecutionStarted'")
    [started] = [event async for event in events]
    blob = "big-1/history-1-ExecutionStarted-1-Input.json.gz"
    await history.upsert_entity({**started, "InputBlobName": blob})
    tracking = TableTracking(account, "Shared")
    found = await tracking.status("susp-1", StatusQuery(show_history=True))
    assert found is not None
    assert found["historyEvents"][0]["Input"] == started.get("Input")


@pytest.mark.parametrize("folder", ["a^b c%41", "a^^b c%41"])
async def test_a_large_input_of_an_instance_that_has_not_begun_is_in_its_start_message(
    account: Storage, folder: str
) -> None:
    # The engine names the blob of a message by the id, that of an event by the row's key.
    name = f"{folder}/message-3c993b39-ExecutionStarted.json.gz"
    blob = account.blobs.get_blob_client("line1x0-largemessages", name)
    message = {"TaskMessage": {"Event": {"EventType": 0, "Input": '{"order": 7}'}}}
    await blob.upload_blob(gzip.compress(json.dumps(message).encode()))
    instances = account.tables.get_table_client("SharedInstances")
    row = await instances.get_entity("susp-1", "")
    pending = {"PartitionKey": "a^^b c%41", "RuntimeStatus": "Pending", "Input": str(blob.url)}
    await instances.upsert_entity({**row, **pending})
    found = await TableTracking(account, "Shared").status("a^b c%41", StatusQuery())
    assert found is not None
    assert found["input"] == {"order": 7}


async def test_history_is_of_the_present_run_alone(account: Storage) -> None:
    tracking = TableTracking(account, "Shared")
    found = await tracking.status("eternal-1", StatusQuery(show_history=True))
    assert found is not None
    kinds = [event["EventType"] for event in found["historyEvents"]]
    assert kinds.count("ExecutionStarted") == 1


async def test_a_store_that_is_down_is_unreadable_not_empty() -> None:
    storage = Storage(Azurite(free_ports(3)).connection("account001"))
    with pytest.raises(Unreadable, match="could not be reached"):
        await TableTracking(storage, "Lines").status("any", StatusQuery())
    await storage.close()


async def put_large(account: Storage, blob: str, value: Any) -> None:
    container = account.blobs.get_container_client("line1x0-largemessages")
    content = gzip.compress(json.dumps(value).encode())
    await container.upload_blob(f"big-1/{blob}.json.gz", content, overwrite=True)


async def merge(account: Storage, key: str, **columns: str) -> None:
    table = account.tables.get_table_client("SharedInstances")
    await table.upsert_entity({"PartitionKey": key, "RowKey": "", **columns})
