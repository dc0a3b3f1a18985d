"""JSON is read as laxly as by Newtonsoft, and refused with its words."""

from typing import Any

import pytest

from emulator.durable.dotnet import json_reader
from emulator.durable.dotnet.json_reader import MAX_DEPTH, BadJsonError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("/*c*/5", 5),
        ('{"a":[1,],}', {"a": [1]}),
        ("{'a': 'it\\'s', b: null // x\n}", {"a": "it's", "b": None}),
        ("[Infinity, -Infinity, 1e2, -0, 1.50]", [float("inf"), -float("inf"), 100.0, 0, 1.5]),
        ('"\\u00e9\\n\x00"', "é\n\x00"),
        (" [ ] ", []),
    ],
)
def test_lax_json_is_read(text: str, value: Any) -> None:
    assert json_reader.read(text) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{nope", "Unexpected end while parsing unquoted property name. @, line 1, position 5."),
        ("nope", "Unexpected character encountered while parsing value: n. @, line 0, position 0."),
        (
            "{} {}",
            (
                "Additional text encountered after finished reading JSON content: {. "
                "@, line 1, position 3."
            ),
        ),
        ('"ab', 'Unterminated string. Expected delimiter: ". @, line 1, position 3.'),
    ],
)
def test_error_says_where(text: str, error: str) -> None:
    with pytest.raises(BadJsonError) as raised:
        json_reader.read(text)
    assert str(raised.value) == error.replace("@", "Path ''")


@pytest.mark.parametrize(
    ("text", "path"),
    [('{"a": {"b c": [1, ?', "a['b c'][1]"), ('{"a": ', "a"), ('["\\x"]', "[0]")],
)
def test_error_has_the_path_of_the_value(text: str, path: str) -> None:
    with pytest.raises(BadJsonError) as raised:
        json_reader.read(text)
    assert f"Path '{path}'," in str(raised.value)


@pytest.mark.parametrize("text", ['{"a" 1}', "[1 2]", '{"a": 1 "b"', "[", "{"])
def test_broken_structure_is_refused(text: str) -> None:
    with pytest.raises(BadJsonError):
        json_reader.read(text)


def test_too_many_levels_are_refused() -> None:
    assert json_reader.read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(BadJsonError, match=r"MaxDepth of 64 has been exceeded\..*position 65"):
        json_reader.read("[" * 65 + "]" * 65)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("//host/x", True), (" /*c*/", True), ("/etc/x", False), ("/*open", False), ("a//b", False)],
)
def test_comment_at_the_beginning_is_found(text: str, expected: bool) -> None:
    assert json_reader.begins_with_comment(text) is expected
