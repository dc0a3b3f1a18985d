"""Messages on the channel between host and worker."""

from typing import Any

import pytest

from emulator.worker.channel import MessageReader, encode, to_bytes, to_text

MESSAGES: list[tuple[dict[str, Any], bytes]] = [
    ({"a": [1, None]}, b""),
    ({}, b"\x00\xff"),
    ({"text": "ü\ud800"}, b"x" * 100_000),
]


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_messages_are_read_as_sent(size: int) -> None:
    stream = b"".join(encode(*message) for message in MESSAGES)
    reader = MessageReader()
    parts = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert [message for part in parts for message in reader.feed(part)] == MESSAGES


def test_text_survives_with_lone_surrogates() -> None:
    assert to_text(to_bytes("ü\ud800\x00")) == "ü\ud800\x00"
