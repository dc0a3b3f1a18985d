"""Recorded messages survive a round trip."""

import json

from emulator.engine.messages import message_data
from emulator.tests.unit.engine.recordings import RECORDINGS, accounts


def recorded_texts() -> list[str]:
    return [
        json.dumps(message["body"], separators=(",", ":"), ensure_ascii=False)
        for path in RECORDINGS
        for account in accounts(path)
        for queue in account["queues"].values()
        for message in queue["peeked"]
    ]


def test_recorded_message_survives_round_trip() -> None:
    inline = [text for text in recorded_texts() if message_data.referenced_blob(text) is None]
    assert len(inline) > 5
    for text in inline:
        message, stamp = message_data.deserialize(text), message_data.deserialize_stamp(text)
        assert message_data.serialize(message, stamp) == text


def test_recorded_blob_reference_survives_round_trip() -> None:
    blobs = [(text, message_data.referenced_blob(text)) for text in recorded_texts()]
    references = [(text, blob) for text, blob in blobs if blob is not None]
    assert references
    for text, blob in references:
        assert blob.startswith("big-1/message-")
        assert message_data.serialize_reference(blob) == text
