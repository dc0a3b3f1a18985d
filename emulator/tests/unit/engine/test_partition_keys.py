"""Control queues and table keys of instances."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.model.partition_keys import (
    fnv1a,
    instance_id_of,
    partition_key,
    partition_number,
    row_key,
)
from emulator.tests.unit.engine.recordings import SCENARIO


def test_recorded_message_is_in_queue_of_its_instance() -> None:
    seen = set()
    for path in SCENARIO.glob("*.json"):
        for account in json.loads(path.read_text()).values():
            for name, queue in account["queues"].items():
                for message in queue["peeked"]:
                    task = message["body"]["TaskMessage"]
                    if task and "-control-" in name:
                        instance_id = task["OrchestrationInstance"]["InstanceId"]
                        assert partition_number(instance_id, 4) == int(name[-2:]), instance_id
                        seen.add(instance_id)
    assert {"@counter@b", "queued-1", "timer-1"} <= seen


@pytest.mark.parametrize(
    ("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)]
)
def test_hash_is_fnv_1a(text: str, value: int) -> None:
    assert fnv1a(text) == value


def test_id_is_escaped_as_recorded() -> None:
    assert partition_key("with space/and?odd#id") == "with space^0and^3odd^2id"
    assert partition_key("a^b\\c") == "a^^b^1c"


@given(st.text())
def test_escaped_id_survives_round_trip(instance_id: str) -> None:
    key = partition_key(instance_id)
    assert not set(key) & set("/\\#?")
    assert instance_id_of(key) == instance_id


def test_row_keys_sort_like_their_numbers() -> None:
    assert row_key(11) == "000000000000000B"
    keys = [row_key(number) for number in (0, 9, 10, 255, 256, 70000)]
    assert keys == sorted(keys)
