"""Entities: order of requests, replies, state."""

import json
from typing import Any

from emulator.durable.dotnet.ticks import MIN_TIME, to_text, to_ticks
from emulator.durable.entity import batch as entity_batch
from emulator.durable.entity.batch import EntityState
from emulator.durable.entity.request_sorter import RequestSorter
from emulator.engine.model import event as events
from emulator.engine.model.executor import Complete, Episode, SendEvent
from emulator.host.functions.worker import Worker
from emulator.tests.unit.durable.loop import Loop

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


def test_requests_are_delivered_in_the_order_they_were_sent() -> None:
    stored: dict[str, Any] = {}
    assert received(RequestSorter(stored), message(0), message(2)) == ["op0"]
    assert stored["ReceivedFromInstance"]["i"]["Buffered"] == {T[2]: message(2)}
    assert received(RequestSorter(stored), message(1)) == ["op1", "op2"]
    assert stored["ReceivedFromInstance"] == {"i": {"Last": T[2], "ExecutionId": "e1"}}


def test_a_request_that_comes_twice_is_delivered_once() -> None:
    assert received(RequestSorter({}), message(0), message(0), message(1), message(0)) == [
        "op0",
        "op1",
    ]


def test_a_new_execution_of_the_sender_begins_anew() -> None:
    sorter = RequestSorter({})
    assert received(sorter, message(1), message(3)) == []
    later = {**message(0, "e2"), "Timestamp": T[4]}
    assert received(sorter, later) == ["op1", "op3", "op0"]


def test_senders_are_ordered_apart_and_clients_not_at_all() -> None:
    client = {"op": "signal", "parent": None}
    assert received(RequestSorter({}), message(0), client, message(0, sender="j"), client) == [
        "op0",
        "signal",
        "op0",
        "signal",
    ]


def test_after_half_an_hour_what_is_missing_is_no_longer_waited_for() -> None:
    stored: dict[str, Any] = {}
    sorter = RequestSorter(stored)
    assert received(sorter, message(0), message(2)) == ["op0"]
    late = {**message(0, sender="j"), "Timestamp": "2026-11-22T06:30:00Z", "op": "late"}
    assert received(sorter, late) == ["op2", "late"]
    assert stored == {
        "ReceiveHorizon": "2026-11-22T06:00:00Z",
        "ReceivedFromInstance": {"j": {"Last": "2026-11-22T06:30:00Z", "ExecutionId": "e1"}},
    }


def test_ticks_survive_the_way_to_text_and_back() -> None:
    assert to_text(to_ticks(T[0]) + 1) == "2026-11-22T05:52:57.0000002"
    assert to_text(to_ticks("2026-11-22T05:52:57Z")) == "2026-11-22T05:52:57"
    assert to_ticks(MIN_TIME) == 0


def test_states_are_stored_as_recorded() -> None:
    written = '{"exists":true,"state":"7","sorter":{}}'
    assert EntityState.parse(written).text == written
    assert EntityState.parse(written).status == '{"entityExists":true}'
    assert EntityState.parse(None).text == '{"sorter":{}}'
    assert EntityState(exists=False, state="null", sorter={}).status == "{}"


def test_a_batch_is_one_call_and_only_callers_get_replies() -> None:
    signal = {"op": "add", "input": '"1"', "id": "id1", "signal": True}
    call = {"op": "add", "input": '"2"', "id": "id2", "parent": "i"}
    raised = [events.event_raised("op", json.dumps(each)) for each in (signal, call)]
    turn = Episode("@counter@a@b", "e", (), tuple(raised))
    state = EntityState.parse('{"exists":true,"state":"0","sorter":{}}')
    requests = entity_batch.collect_requests(turn, state)
    assert json.loads(entity_batch.batch_context(turn, state, requests)) == {
        "self": {"name": "counter", "key": "a@b"},
        "exists": True,
        "state": "0",
        "batch": [
            {"name": "add", "input": '"1"', "isSignal": True},
            {"name": "add", "input": '"2"', "isSignal": False},
        ],
    }
    answer = {
        "entityExists": True,
        "entityState": "3",
        "results": [{"isError": False, "result": "1"}, {"isError": True, "result": "no"}],
    }
    reply, end = entity_batch.batch_outcome(requests, state, answer).decisions
    assert isinstance(reply, SendEvent)
    assert (reply.event_id, reply.instance_id, reply.name) == (0, "i", "id2")
    told = json.loads(str(reply.input))
    assert (told["result"], told["exceptionType"]) == ("no", "Error")
    assert end == Complete(1, "ContinuedAsNew", '{"exists":true,"state":"3","sorter":{}}')


async def test_an_entity_whose_code_is_gone_keeps_its_messages(worker: Worker) -> None:
    loop = Loop(worker)
    loop.raise_event("@nobody@k", "op", json.dumps({"op": "add", "id": "1", "signal": True}))
    await loop.settle()
    assert loop.instances["@nobody@k"].rejected == 1
