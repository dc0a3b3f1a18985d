"""Every recorded row and message is read and written again identically."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.engine.messages import message_data
from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.partition_keys import instance_id_of
from emulator.engine.stores import history_row

ROOT = Path(__file__).parents[4]
RECORDINGS = (
    *sorted((ROOT / "harness/recordings").glob("*.json")),
    ROOT / "emulator/tests/conformance/storage.json",
)


def accounts(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from json.loads(path.read_text()).values()


def as_read(row: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded row as the table gives it."""
    return {
        name: timestamps.DateTimeColumn(value["Edm.DateTime"]) if isinstance(value, dict) else value
        for name, value in row.items()
        if name != "Timestamp"
    }


def was_cut(row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict) and "Edm.String" in value for value in row.values())


def events_of(path: Path) -> list[dict[str, Any]]:
    return [
        as_read(row)
        for account in accounts(path)
        for name, rows in account["tables"].items()
        for row in rows
        if name.endswith("History") and row["RowKey"] != history_row.SENTINEL and not was_cut(row)
    ]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_history_row_is_written_again_as_it_was(path: Path) -> None:
    for row in events_of(path):
        event = history_row.to_event(row)
        instance_id, sequence = instance_id_of(row["PartitionKey"]), int(row["RowKey"], 16)
        assert history_row.to_row(event, instance_id, row["ExecutionId"], sequence) == row


def test_the_recordings_have_rows_of_every_type_that_the_engine_writes() -> None:
    seen = {row["EventType"] for path in RECORDINGS for row in events_of(path)}
    never_written = {"ExecutionFailed", "ContinueAsNew", "HistoryState"}
    assert seen == {kind.name for kind in EventType} - never_written


def test_times_keep_their_type_when_written() -> None:
    for row in (row for path in RECORDINGS for row in events_of(path)):
        again = history_row.to_row(history_row.to_event(row), "i", "e", 0)
        typed = {
            name for name, value in again.items() if isinstance(value, timestamps.DateTimeColumn)
        }
        assert typed == {
            name for name, value in row.items() if isinstance(value, timestamps.DateTimeColumn)
        }


def messages() -> list[str]:
    return [
        json.dumps(message["body"], separators=(",", ":"), ensure_ascii=False)
        for path in RECORDINGS
        for account in accounts(path)
        for queue in account["queues"].values()
        for message in queue["peeked"]
    ]


def test_a_recorded_message_is_written_again_as_it_was() -> None:
    whole = [text for text in messages() if message_data.referenced_blob(text) is None]
    assert len(whole) > 5
    for text in whole:
        assert (
            message_data.serialize(
                message_data.deserialize(text), message_data.deserialize_stamp(text)
            )
            == text
        )


def test_a_recorded_reference_to_a_blob_is_written_again_as_it_was() -> None:
    names = [(text, message_data.referenced_blob(text)) for text in messages()]
    references = [(text, name) for text, name in names if name is not None]
    assert references
    for text, name in references:
        assert name.startswith("big-1/message-")
        assert message_data.serialize_reference(name) == text


def _times(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if isinstance(value, timestamps.DateTimeColumn)}
