"""Only blobs that the engine itself can have named are an instance's own."""

import json

import pytest

from router.azure.storage.hub import large_values

ROW = {"PartitionKey": "a^0b", "TaskHubName": "Orders1x1"}
ACCOUNT = "https://lines.blob.core.windows.net"
EVENT = "a^0b/history-0000000000000001-ExecutionStarted-1-Input.json.gz"


@pytest.mark.parametrize(
    ("value", "blob"),
    [
        (f"{ACCOUNT}/orders1x1-largemessages/{EVENT}", EVENT),
        (f"{ACCOUNT}/orders1x1-largemessages/{EVENT.replace('^', '%5E')}", EVENT),
        (f"http://127.0.0.1:10000/account/orders1x1-largemessages/{EVENT}", EVENT),
        (f"{ACCOUNT}/orders1x10-largemessages/{EVENT}", None),
        (f"{ACCOUNT}/orders1x1-largemessages/{EVENT}?sig=1", None),
        (f"see {ACCOUNT}/orders1x1-largemessages/{EVENT}", None),
        (f"{ACCOUNT}/orders1x1-largemessages/a^0bc/history-1.json.gz", None),
        (f"{ACCOUNT}/orders1x1-largemessages/a^0b/other.json.gz", None),
        ('"JSON"', None),
        (7, None),
        (None, None),
    ],
)
def test_address_is_followed_into_the_instances_own_folder_only(
    value: object, blob: str | None
) -> None:
    assert large_values.at_address(value, ROW) == blob


@pytest.mark.parametrize(
    ("blob", "own"),
    [
        (EVENT, True),
        ("a^0b/message-1-EventRaised.json.gz", True),
        ("a/b/message-1-EventRaised.json.gz", False),
        ("a^1b/message-1-EventRaised.json.gz", False),
        ("b/history-1-TaskCompleted-1-Result.json.gz", False),
    ],
)
def test_own_blob_has_the_instances_folder_and_an_engine_name(blob: str, own: bool) -> None:
    assert large_values.is_own(blob, ROW) is own


def test_value_of_a_start_message_is_its_input() -> None:
    message = json.dumps({"TaskMessage": {"Event": {"Input": "7"}}})
    assert large_values.value_in("i/message-1-ExecutionStarted.json.gz", message) == "7"
    assert large_values.value_in(EVENT, message) == message
