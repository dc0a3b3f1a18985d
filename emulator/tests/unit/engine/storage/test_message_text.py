"""The text of a queue message in both encodings."""

import pytest

from emulator.engine.model.hub_settings import MessageEncoding
from emulator.engine.storage import message_text


@pytest.mark.parametrize("encoding", MessageEncoding)
def test_text_is_read_in_either_encoding(encoding: MessageEncoding) -> None:
    text = '{"a": "é\U0001f600"}'
    assert message_text.read(message_text.written(text, encoding)) == text


def test_plain_text_is_written_as_it_is() -> None:
    assert message_text.written('{"a"}', MessageEncoding.UTF8) == '{"a"}'


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
def test_text_that_xml_cannot_hold_needs_base64(character: str) -> None:
    with pytest.raises(message_text.MessageRefusedError):
        message_text.written(f"{{{character}}}", MessageEncoding.UTF8)
    encoded = message_text.written(f"{{{character}}}", MessageEncoding.BASE64)
    assert message_text.read(encoded) == f"{{{character}}}"


def test_lone_surrogate_becomes_replacement_character() -> None:
    assert message_text.written("{\ud800}", MessageEncoding.UTF8) == "{\ufffd}"
