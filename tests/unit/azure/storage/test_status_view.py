"""What the router tells of an instance is what the real extension told of the very same rows."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router.azure.storage.status_view import status_of

CONFORMANCE = Path(__file__).parents[4] / "emulator/tests/conformance"
CUT = (
    "{details}"  # the recording shortens serialized exceptions, and what is cut is no JSON any more
)


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


def plain(told: Any) -> Any:
    """Without what differs from run to run: times, made-up ids, the engine's failure details."""
    text = json.dumps(told)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "{time}", text)
    text = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "{guid}", text)
    return json.loads(text, object_pairs_hook=without_failure_details)


def without_failure_details(pairs):
    return {name: content for name, content in pairs if name != "FailureDetails"}


def resolved(row: dict[str, Any]) -> dict[str, Any]:
    """With the value that the row keeps in a blob: the activity `big` returns so many x."""
    return row | {"Result": json.dumps("x" * 100_000)} if "ResultBlobName" in row else row


def recorded() -> dict[str, tuple[str, Any]]:
    """The last answer about each instance whose row is still as it was then."""
    found = {}
    for entry in json.loads((CONFORMANCE / "recorded.json").read_text()):
        path, body = entry.get("request", {}).get("path", ""), entry["response"]["body"]
        if not path.startswith("/instances/") or not isinstance(body, dict):
            continue
        row = INSTANCES.get(body.get("instanceId", ""))
        if row and row["RuntimeStatus"] == body["runtimeStatus"] and not was_cut([body, row]):
            found[body["instanceId"]] = path, body
    del found["@counter@e2"]  # deleted after it was asked for
    return found


INSTANCES = {row["PartitionKey"]: row for row in rows("Instances")}
HISTORY = [resolved(row) for row in rows("History")]
RECORDED = recorded()


@pytest.mark.parametrize("name", RECORDED)
def test_tells_what_the_extension_told(name):
    path, body = RECORDED[name]
    events = [row for row in HISTORY if row["PartitionKey"] == name]
    told = status_of(
        INSTANCES[name],
        events if "historyEvents" in body else None,
        show_input="showInput=false" not in path,
        show_history_output="showHistoryOutput=true" in path,
    )
    assert plain(told) == plain(body)


def test_the_recording_covers_what_there_is_to_tell():
    events = [event for _, body in RECORDED.values() for event in body.get("historyEvents", [])]
    assert len(RECORDED) > 40
    statuses = {body["runtimeStatus"] for _, body in RECORDED.values()}
    assert statuses == {"Completed", "Failed", "Pending", "Running"}
    assert len({event["EventType"] for event in events}) > 9


ROW = INSTANCES["s1"]
EVENTS = [row for row in HISTORY if row["PartitionKey"] == "s1"]


def test_an_id_is_told_as_the_caller_wrote_it():
    assert status_of(INSTANCES["has^2hash"])["instanceId"] == "has#hash"


def test_times_are_whole_seconds_in_utc_and_the_whole_answer_is_json():
    told = status_of(ROW)
    assert told["createdTime"] == "2026-11-22T05:52:45Z"
    assert json.loads(json.dumps(told)) == told


def test_outputs_stay_out_of_the_history_unless_asked_for():
    assert "Result" not in json.dumps(status_of(ROW, EVENTS)["historyEvents"])


def test_inputs_stay_out_of_status_and_history_when_not_wanted():
    told = status_of(ROW, EVENTS, show_input=False)
    assert told["input"] is None
    assert [event for event in told["historyEvents"] if "Input" in event] == []


def test_a_pending_instance_has_no_history_yet():
    assert "historyEvents" not in status_of(ROW | {"RuntimeStatus": "Pending"}, EVENTS)


def test_events_of_an_earlier_run_under_the_same_id_are_left_out():
    old = {**EVENTS[1], "ExecutionId": "earlier"}
    assert status_of(ROW, [old, *EVENTS]) == status_of(ROW, EVENTS)


def test_what_is_scheduled_and_not_done_yet_is_told():
    scheduled = next(row for row in HISTORY if row.get("EventType") == "TaskScheduled")
    told = status_of(INSTANCES[scheduled["PartitionKey"]], [scheduled])["historyEvents"]
    assert plain(told) == [
        {
            "EventType": "TaskScheduled",
            "Name": scheduled["Name"],
            "Input": None,
            "ParentTraceContext": None,
            "Tags": None,
            "Timestamp": "{time}",
        }
    ]


def test_an_event_of_a_newer_engine_is_told_by_its_type():
    event = {**EVENTS[0], "EventType": "ExecutionRewound"}
    told = status_of(ROW, [event])["historyEvents"]
    assert plain(told) == [{"EventType": "ExecutionRewound", "Timestamp": "{time}"}]


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
def test_what_is_json_text_is_told_as_json_and_the_rest_as_text(text, shown):
    assert status_of(ROW | {"Output": text})["output"] == shown
