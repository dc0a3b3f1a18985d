"""JSON text is read laxly and written strictly."""

import pytest

from emulator.durable.dotnet import json_text
from emulator.durable.dotnet.json_reader import BadJsonError


def test_infinite_numbers_are_written_as_texts() -> None:
    numbers = [float("inf"), -float("inf"), float("nan"), 1.5, {"a": float("inf")}]
    written = '["Infinity","-Infinity","NaN",1.5,{"a":"Infinity"}]'
    assert json_text.compact(numbers) == written


def test_lone_surrogate_becomes_replacement_character() -> None:
    assert json_text.parse('{"a\\ud800": "\\udc00b"}') == {"a\ufffd": "\ufffdb"}
    assert json_text.parse('"\\ud83d\\ude00"') == "\U0001f600"
    assert json_text.loads('["\\ud800"]') == ["\ufffd"]


def test_depth_is_limited_but_not_the_number_of_containers() -> None:
    assert len(json_text.parse("[" + "[]," * 99 + "[]]")) == 100
    for depth in (65, 5000):
        with pytest.raises(BadJsonError, match="MaxDepth"):
            json_text.parse("[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("text", "shown"),
    [(None, None), ("", ""), ("  ", ""), ("{nope", "{nope"), ("[1,]", [1]), ("https://x/y",) * 2],
)
def test_text_is_shown_as_json_if_it_is(text: str | None, shown: object) -> None:
    assert json_text.parse_or_text(text) == shown


def test_text_that_begins_with_comment_cannot_be_shown() -> None:
    with pytest.raises(json_text.CommentInJsonError, match="Path ''"):
        json_text.parse_or_text("//x")
