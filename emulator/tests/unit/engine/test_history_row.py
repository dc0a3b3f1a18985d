"""Recorded history rows survive a round trip."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.partition_keys import instance_id_of
from emulator.engine.stores import history_row
from emulator.tests.unit.engine.recordings import RECORDINGS, accounts


def as_read(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recorded row as the table returns it."""
    return {
        name: timestamps.DateTimeColumn(value["Edm.DateTime"]) if isinstance(value, dict) else value
        for name, value in row.items()
        if name != "Timestamp"
    }


def was_truncated(row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict) and "Edm.String" in value for value in row.values())


def event_rows(path: Path) -> list[dict[str, Any]]:
    return [
        as_read(row)
        for account in accounts(path)
        for name, rows in account["tables"].items()
        for row in rows
        if name.endswith("History")
        and row["RowKey"] != history_row.SENTINEL
        and not was_truncated(row)
    ]


def datetime_columns(row: Mapping[str, Any]) -> set[str]:
    return {name for name, value in row.items() if isinstance(value, timestamps.DateTimeColumn)}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded_history_row_survives_round_trip(path: Path) -> None:
    for row in event_rows(path):
        event = history_row.to_event(row)
        instance_id, sequence = instance_id_of(row["PartitionKey"]), int(row["RowKey"], 16)
        assert history_row.to_row(event, instance_id, row["ExecutionId"], sequence) == row


def test_recordings_cover_every_event_type_the_engine_writes() -> None:
    recorded = {row["EventType"] for path in RECORDINGS for row in event_rows(path)}
    never_written = {"ExecutionFailed", "ContinueAsNew", "HistoryState"}
    assert recorded == {kind.name for kind in EventType} - never_written


def test_datetime_columns_keep_their_type() -> None:
    for row in (row for path in RECORDINGS for row in event_rows(path)):
        rewritten = history_row.to_row(history_row.to_event(row), "i", "e", 0)
        assert datetime_columns(rewritten) == datetime_columns(row)
