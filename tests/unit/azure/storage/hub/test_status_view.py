"""The router's status of an instance equals the real extension's for the same rows."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router.azure.storage.hub.status_view import status_of

CONFORMANCE = Path(__file__).parents[5] / "emulator/tests/conformance"
CUT = "{details}"  # the recording shortens serialized exceptions, which then are not JSON any more


def rows(table: str) -> list[dict[str, Any]]:
    stored = json.loads((CONFORMANCE / "storage.json").read_text())
    return [
        {name: value(column) for name, column in row.items()}
        for row in stored["storage"]["tables"][f"Conformance{table}"]
    ]


def value(column: Any) -> Any:
    if not isinstance(column, dict):
        return column
    if "Edm.DateTime" in column:
        return datetime.fromisoformat(column["Edm.DateTime"][:26]).replace(tzinfo=UTC)
    return CUT


def was_cut(text: Any) -> bool:
    return any(mark in str(text) for mark in (CUT, "{stack}", "{functions}"))


def normalized(status: Any) -> Any:
    """Remove what differs from run to run: times, random ids, the engine's failure details."""
    text = json.dumps(status)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "{time}", text)
    text = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "{guid}", text)
    return json.loads(text, object_pairs_hook=without_failure_details)


def without_failure_details(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: content for name, content in pairs if name != "FailureDetails"}


def resolved(row: dict[str, Any]) -> dict[str, Any]:
    """Add the value that the row keeps in a blob, which is what the activity `big` returns."""
    return row | {"Result": json.dumps("x" * 100_000)} if "ResultBlobName" in row else row


def recorded() -> dict[str, tuple[str, Any]]:
    """Return the last answer about each instance whose row has not changed since."""
    found = {}
    for entry in json.loads((CONFORMANCE / "recorded.json").read_text()):
        path, body = entry.get("request", {}).get("path", ""), entry["response"]["body"]
        if not path.startswith("/instances/") or not isinstance(body, dict):
            continue
        row = INSTANCES.get(body.get("instanceId", ""))
        if row and row["RuntimeStatus"] == body["runtimeStatus"] and not was_cut([body, row]):
            found[body["instanceId"]] = path, body
    del found["@counter@e2"]  # deleted after the request
    return found


INSTANCES = {row["PartitionKey"]: row for row in rows("Instances")}
HISTORY = [resolved(row) for row in rows("History")]
RECORDED = recorded()


@pytest.mark.parametrize("name", RECORDED)
def test_status_equals_the_extensions(name: str) -> None:
    path, body = RECORDED[name]
    events = [row for row in HISTORY if row["PartitionKey"] == name]
    status = status_of(
        INSTANCES[name],
        events if "historyEvents" in body else None,
        show_input="showInput=false" not in path,
        show_history_output="showHistoryOutput=true" in path,
    )
    assert normalized(status) == normalized(body)


def test_recording_covers_the_statuses_and_events() -> None:
    events = [event for _, body in RECORDED.values() for event in body.get("historyEvents", [])]
    assert len(RECORDED) > 40
    statuses = {body["runtimeStatus"] for _, body in RECORDED.values()}
    assert statuses == {"Completed", "Failed", "Pending", "Running"}
    assert len({event["EventType"] for event in events}) > 9


ROW = INSTANCES["s1"]
EVENTS = [row for row in HISTORY if row["PartitionKey"] == "s1"]


def test_id_is_unescaped() -> None:
    assert status_of(INSTANCES["has^2hash"])["instanceId"] == "has#hash"


def test_status_is_json_with_times_in_whole_seconds_utc() -> None:
    status = status_of(ROW)
    assert status["createdTime"] == "2026-11-26T17:44:18Z"
    assert json.loads(json.dumps(status)) == status


def test_history_has_no_outputs_unless_requested() -> None:
    assert "Result" not in json.dumps(status_of(ROW, EVENTS)["historyEvents"])


def test_status_and_history_have_no_inputs_if_unwanted() -> None:
    status = status_of(ROW, EVENTS, show_input=False)
    assert status["input"] is None
    assert [event for event in status["historyEvents"] if "Input" in event] == []


def test_pending_instance_has_no_history_yet() -> None:
    assert "historyEvents" not in status_of(ROW | {"RuntimeStatus": "Pending"}, EVENTS)


def test_events_of_an_earlier_execution_are_left_out() -> None:
    old = {**EVENTS[1], "ExecutionId": "earlier"}
    assert status_of(ROW, [old, *EVENTS]) == status_of(ROW, EVENTS)


def test_activity_that_is_not_done_is_an_event() -> None:
    scheduled = next(row for row in HISTORY if row.get("EventType") == "TaskScheduled")
    events = status_of(INSTANCES[scheduled["PartitionKey"]], [scheduled])["historyEvents"]
    assert normalized(events) == [
        {
            "EventType": "TaskScheduled",
            "Name": scheduled["Name"],
            "Input": None,
            "ParentTraceContext": None,
            "Tags": None,
            "Timestamp": "{time}",
        }
    ]


def test_event_of_a_newer_engine_has_its_type_only() -> None:
    event = {**EVENTS[0], "EventType": "ExecutionRewound"}
    events = status_of(ROW, [event])["historyEvents"]
    assert normalized(events) == [{"EventType": "ExecutionRewound", "Timestamp": "{time}"}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("null", None),
        ("", ""),
        (' {"a": 1} ', {"a": 1}),
        ("no longer needed", "no longer needed"),
        ("NaN", "NaN"),
    ],
)
def test_json_text_is_shown_as_json_and_other_text_as_text(text: str | None, shown: object) -> None:
    assert status_of(ROW | {"Output": text})["output"] == shown
