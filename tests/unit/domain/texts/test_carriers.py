"""Texts that some carrier cannot hold, or that would not arrive whole in a path, are found."""

import json
from urllib.parse import quote, unquote, unquote_plus
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.texts.carriers import lost_in, segment_problem

texts = st.text(st.characters(exclude_categories=()), max_size=20)


@given(texts)
def test_text_that_is_not_lost_survives_utf8_json_and_xml(text: str) -> None:
    """A queue message is JSON, in which control characters are escaped, in XML."""
    if lost_in(text):
        return
    message = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    element = ET.Element("Text")
    element.text = message
    found = ET.fromstring(ET.tostring(element, "utf-8")).text
    assert json.loads(found or "") == text


@given(texts)
def test_harmless_segment_survives_three_decodings(text: str) -> None:
    """As Durable decodes a path: by the server, as a form, and a third time."""
    if segment_problem(text):
        return
    sent = quote(text, safe="")
    assert unquote(unquote_plus(unquote(sent))) == text


@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b", "\ufffe", "a\uffff"])
def test_character_that_cannot_be_stored_is_named(text: str) -> None:
    bad = next(character for character in text if character not in "ab")
    assert lost_in(text) == f"contains U+{ord(bad):04X}, which cannot be stored"
    assert segment_problem(text) == lost_in(text)


@pytest.mark.parametrize("text", ["", "größer", "😀", "\x00", "\ufffd", "\ufdd0", "100 % + more"])
def test_other_text_can_be_stored(text: str) -> None:
    assert lost_in(text) is None


@pytest.mark.parametrize("text", [".", "..", " a", "a\t", "a%41", "a+b", "a/b", "a\nb", ""])
def test_segment_that_would_arrive_otherwise_is_refused(text: str) -> None:
    assert segment_problem(text)


@pytest.mark.parametrize("text", ["...", ".a", "a.b", "a b", "order:7", "é"])
def test_harmless_segment_is_accepted(text: str) -> None:
    assert segment_problem(text) is None
