"""Ordering of the requests that entities receive."""

from typing import Any

from emulator.durable.dotnet.ticks import MIN_TIME
from emulator.durable.entity.request_sorter import RequestSorter

T = [f"2026-11-22T05:52:57.000000{n}Z" for n in range(1, 6)]


def message(number: int, execution: str = "e1", sender: str = "i") -> dict[str, Any]:
    return {
        "op": f"op{number}",
        "parent": sender,
        "parentExecution": execution,
        "Timestamp": T[number],
        "Predecessor": T[number - 1] if number else MIN_TIME,
    }


def received(sorter: RequestSorter, *messages: dict[str, Any]) -> list[str]:
    return [ready["op"] for each in messages for ready in sorter.receive(each)]


def test_requests_are_delivered_in_sending_order() -> None:
    stored: dict[str, Any] = {}
    assert received(RequestSorter(stored), message(0), message(2)) == ["op0"]
    assert stored["ReceivedFromInstance"]["i"]["Buffered"] == {T[2]: message(2)}
    assert received(RequestSorter(stored), message(1)) == ["op1", "op2"]
    assert stored["ReceivedFromInstance"] == {"i": {"Last": T[2], "ExecutionId": "e1"}}


def test_duplicate_request_is_delivered_once() -> None:
    assert received(RequestSorter({}), message(0), message(0), message(1), message(0)) == [
        "op0",
        "op1",
    ]


def test_new_execution_of_sender_releases_buffered_requests() -> None:
    sorter = RequestSorter({})
    assert received(sorter, message(1), message(3)) == []
    later = {**message(0, "e2"), "Timestamp": T[4]}
    assert received(sorter, later) == ["op1", "op3", "op0"]


def test_senders_are_ordered_separately_and_clients_not_at_all() -> None:
    client = {"op": "signal", "parent": None}
    assert received(RequestSorter({}), message(0), client, message(0, sender="j"), client) == [
        "op0",
        "signal",
        "op0",
        "signal",
    ]


def test_missing_request_is_skipped_after_half_an_hour() -> None:
    stored: dict[str, Any] = {}
    sorter = RequestSorter(stored)
    assert received(sorter, message(0), message(2)) == ["op0"]
    late = {**message(0, sender="j"), "Timestamp": "2026-11-22T06:30:00Z", "op": "late"}
    assert received(sorter, late) == ["op2", "late"]
    assert stored == {
        "ReceiveHorizon": "2026-11-22T06:00:00Z",
        "ReceivedFromInstance": {"j": {"Last": "2026-11-22T06:30:00Z", "ExecutionId": "e1"}},
    }
