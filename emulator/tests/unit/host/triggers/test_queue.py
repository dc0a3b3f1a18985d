"""The value that a queue passes, as the SDK reads it."""

from datetime import UTC, datetime

from azure.functions.queue import QueueMessageInConverter
from azure.storage.queue import QueueMessage

from emulator.host.triggers.queue import queue_value
from emulator.tests.unit.host.triggers.decoding import decoded

AT = datetime(2026, 1, 1, tzinfo=UTC)


def message(text: str) -> QueueMessage:
    made = QueueMessage(content=text)
    made.id, made.pop_receipt, made.dequeue_count = "1", "receipt", 2
    made.inserted_on = made.expires_on = made.next_visible_on = AT
    return made


def test_sdk_reads_what_a_queue_passes() -> None:
    found = decoded(QueueMessageInConverter, queue_value(message(""), b"text", binary=False))
    assert (found.id, found.pop_receipt, found.dequeue_count) == ("1", "receipt", 2)
    assert (found.get_body(), found.insertion_time) == (b"text", AT)
    assert (found.expiration_time, found.time_next_visible) == (AT, AT)


def test_members_of_json_may_be_named() -> None:
    value = queue_value(message(""), b'{"a": 1, "b": "x", "c": {}}', binary=True)
    assert value.kind == "bytes"
    assert value.data["a"] == "1"
    assert "c" not in value.data
    assert queue_value(message(""), b"[1]", binary=False).data["QueueTrigger"] == "[1]"
