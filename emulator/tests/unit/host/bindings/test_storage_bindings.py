"""The messages in what a function made."""

import json
from typing import Any

import pytest

from emulator.host.bindings.storage_bindings import messages
from emulator.host.functions.values.bindings import Output


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (["a", "b"], [b"a", b"b"]),
        ({"id": None, "body": "text"}, [b"text"]),
        ([{"id": "1", "body": "x"}, "y"], [b"x", b"y"]),
        ({"a": 1}, [b'{"a": 1}']),
        ([], []),
    ],
)
def test_list_is_a_message_per_item(made: Any, expected: list[bytes]) -> None:
    assert [*messages(Output("json", json.dumps(made).encode()))] == expected


def test_text_and_bytes_are_one_message() -> None:
    assert [*messages(Output("string", b"[1]"))] == [b"[1]"]
    assert [*messages(Output("bytes", b"\xff"))] == [b"\xff"]
