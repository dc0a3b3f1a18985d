"""Batches, replies and stored states of entities."""

import json

from emulator.durable.entity import batch as entity_batch
from emulator.durable.entity.batch import EntityState
from emulator.engine.model import event as events
from emulator.engine.model.executor import Complete, Episode, SendEvent
from emulator.host.functions.worker import Worker
from emulator.tests.unit.durable.in_memory_engine import InMemoryEngine


def test_states_are_stored_as_recorded() -> None:
    stored = '{"exists":true,"state":"7","sorter":{}}'
    assert EntityState.parse(stored).text == stored
    assert EntityState.parse(stored).status == '{"entityExists":true}'
    assert EntityState.parse(None).text == '{"sorter":{}}'
    assert EntityState(exists=False, state="null", sorter={}).status == "{}"


def test_batch_is_one_call_and_only_callers_get_replies() -> None:
    signal = {"op": "add", "input": '"1"', "id": "id1", "signal": True}
    call = {"op": "add", "input": '"2"', "id": "id2", "parent": "i"}
    raised = [events.event_raised("op", json.dumps(each)) for each in (signal, call)]
    episode = Episode("@counter@a@b", "e", (), tuple(raised))
    state = EntityState.parse('{"exists":true,"state":"0","sorter":{}}')
    requests = entity_batch.collect_requests(episode, state)
    assert json.loads(entity_batch.batch_context(episode, state, requests)) == {
        "self": {"name": "counter", "key": "a@b"},
        "exists": True,
        "state": "0",
        "batch": [
            {"name": "add", "input": '"1"', "isSignal": True},
            {"name": "add", "input": '"2"', "isSignal": False},
        ],
    }
    result = {
        "entityExists": True,
        "entityState": "3",
        "results": [{"isError": False, "result": "1"}, {"isError": True, "result": "no"}],
    }
    reply, end = entity_batch.batch_outcome(requests, state, result).decisions
    assert isinstance(reply, SendEvent)
    assert (reply.event_id, reply.instance_id, reply.name) == (0, "i", "id2")
    reply_body = json.loads(str(reply.input))
    assert (reply_body["result"], reply_body["exceptionType"]) == ("no", "Error")
    assert end == Complete(1, "ContinuedAsNew", '{"exists":true,"state":"3","sorter":{}}')


async def test_entity_with_missing_code_keeps_its_messages(worker: Worker) -> None:
    engine = InMemoryEngine(worker)
    engine.raise_event("@missing@k", "op", json.dumps({"op": "add", "id": "1", "signal": True}))
    await engine.settle()
    assert engine.instances["@missing@k"].rejected == 1
