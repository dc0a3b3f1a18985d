"""The status of instances that the real engine left is read without any app."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.hub.tracking import TableTracking
from router.domain.errors import Unreadable
from router.domain.model import Owner
from router.ports import StatusQuery
from tests.contract.azure.recordings import Open, loaded


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connection(azurite: Azurite) -> str:
    """Return an account that is loaded once, for tests that only read."""
    return (await loaded(azurite, "05", history=True))["tracking"]


@pytest.fixture
def recorded(connection: str, open_account: Open) -> Storage:
    return open_account(connection)


@pytest_asyncio.fixture
async def account(azurite: Azurite, open_account: Open) -> Storage:
    """Return an account that the test may change."""
    return open_account((await loaded(azurite, "05", history=True))["tracking"])


async def test_status_has_the_shape_of_durables_api(recorded: Storage) -> None:
    tracking = TableTracking(recorded, "Shared")
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


async def test_id_with_special_characters_is_found(recorded: Storage) -> None:
    tracking = TableTracking(recorded, "Shared")
    found = await tracking.status("with space/and?odd#id", StatusQuery())
    assert found is not None
    assert (found["instanceId"], found["runtimeStatus"]) == ("with space/and?odd#id", "Completed")


async def test_unused_id_has_neither_status_nor_owner(recorded: Storage) -> None:
    tracking = TableTracking(recorded, "Shared")
    assert await tracking.status("never", StatusQuery()) is None
    assert await tracking.owner("never") is None


async def test_missing_tables_have_no_instance(storage: Storage) -> None:
    tracking = TableTracking(storage, "Lines")
    assert await tracking.status("any", StatusQuery()) is None
    assert await tracking.owner("any") is None


async def test_owner_is_the_hub_of_the_row(recorded: Storage) -> None:
    tracking = TableTracking(recorded, "Shared")
    created = datetime(2026, 11, 22, 4, 49, 57, tzinfo=UTC)
    owner = await tracking.owner("new-wait")
    assert owner is not None
    assert owner == Owner("Line1x1", "Running", owner.created_at)
    assert abs((owner.created_at - created).total_seconds()) < 60


async def test_large_values_are_read_from_their_blobs(account: Storage) -> None:
    await put_large(account, "history-0000000000000001-ExecutionStarted-55FF71ED-Input", ["in"])
    await put_large(account, "history-0000000000000002-ExecutionCompleted-349633ED-Result", "out")
    tracking = TableTracking(account, "Shared")
    full = StatusQuery(show_history=True, show_history_output=True)
    found = await tracking.status("big-1", full)
    assert found is not None
    assert (found["input"], found["output"]) == (["in"], "out")
    started, completed = found["historyEvents"]
    assert (started["Input"], completed["Result"]) == ('["in"]', "out")


async def test_large_input_of_a_pending_instance_is_read_from_its_blob(
    account: Storage,
) -> None:
    await put_large(account, "history--Input-0AC0FFEE-Input", ["in"])
    named = "big-1/history--Input-0AC0FFEE-Input.json.gz"
    begun = {"RuntimeStatus": "Pending", "Input": "", "InputBlobName": named, "Output": "null"}
    await merge(account, "big-1", **begun)
    found = await TableTracking(account, "Shared").status("big-1", StatusQuery())
    assert found is not None
    assert (found["runtimeStatus"], found["input"]) == ("Pending", ["in"])


async def test_values_that_are_not_shown_are_not_fetched(recorded: Storage) -> None:
    # The blobs of this recording hold no readable text, so fetching one would fail.
    tracking = TableTracking(recorded, "Shared")
    found = await tracking.status("big-2", StatusQuery(show_input=False, show_history=True))
    assert found is not None
    assert found["input"] is None
    with pytest.raises(Unreadable, match="big-2"):
        await tracking.status("big-2", StatusQuery())


async def test_large_value_without_its_blob_is_null(
    account: Storage,
) -> None:
    await account.blobs.delete_container("line1x0-largemessages")
    found = await TableTracking(account, "Shared").status("big-1", StatusQuery())
    assert found is not None
    assert (found["input"], found["output"]) == (None, None)


async def test_url_as_output_is_text(account: Storage) -> None:
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


async def test_url_of_another_instances_blob_is_text(account: Storage) -> None:
    large = account.blobs.get_container_client("line1x0-largemessages")
    for name in ("susp-1/secret.json.gz", "susp-1/deeper/history-1-Input.json.gz"):
        await large.upload_blob(name, gzip.compress(b'"another\'s"'))
    for path in OTHERS:
        text = f"http://127.0.0.1:20000/tracking/{path}"
        await merge(account, "susp-1", Output=text, Input=text)
        found = await TableTracking(account, "Shared").status("susp-1", StatusQuery())
        assert found is not None
        assert (found["input"], found["output"]) == (text, text)


async def test_history_hides_blobs_of_other_instances(account: Storage) -> None:
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
async def test_large_pending_input_is_read_from_the_start_message(
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


async def test_history_has_the_current_execution_only(recorded: Storage) -> None:
    tracking = TableTracking(recorded, "Shared")
    found = await tracking.status("eternal-1", StatusQuery(show_history=True))
    assert found is not None
    kinds = [event["EventType"] for event in found["historyEvents"]]
    assert kinds.count("ExecutionStarted") == 1


async def test_tracking_store_that_is_down_is_unreadable() -> None:
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
