"""A body is strict JSON that every later reader accepts, and is passed on as it was sent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.domain.texts.carriers import lost_in
from router.domain.texts.json_text import checked_json, value_of

strings = st.text().filter(lambda text: lost_in(text) is None)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | strings,
    lambda inside: st.lists(inside) | st.dictionaries(strings, inside),
)  # fmt: skip


def refused(text: str) -> str:
    with pytest.raises(Refusal) as refusal:
        checked_json(text)
    assert refusal.value.status == 400
    return refusal.value.code


@given(values, st.booleans())
def test_json_is_passed_on_as_it_was_sent(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert checked_json(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "1.10",
        "1e5",
        "-0.0",
        "9" * 300,
        '["\\\\ud800 is text"]',
        '"\\ud83d\\ude00"',
        '{"a": 1, "a": 2}',
        '"\\u0000"',
    ],
)
def test_numbers_and_escapes_keep_their_form(text: str) -> None:
    assert checked_json(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e400",
        "9" * 301,
        "/*c*/5",
        "//c\n{}",
        "{'a': 1}",
        "[1,]",
        "{} {}",
        '"\x00"',
        '"smile \\ud83d"',
        '{"\\udc00": 1}',
        '{"a": ["\ufffe"]}',
        '["\\uffff"]',
        '{"a": "\\ud800", "a": 1}',
        '["\\\\", "\\uD83D"]',
        '"\\\\ud83d\\ude00"',
        '"\\ud83d\\ud83d\\ude00"',
        '"\\ud83d\\ude00\\ude00"',
        '"\\ud83d \\ude00"',
        "9" * 5_000,
        "-" + "9" * 301,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    assert refused(text) == "bad-body"


parts = st.sampled_from(["\ud83d", "\ude00", "\\", "d83d", "u", '"', "\ufffe"])


@given(st.lists(parts).map("".join))
def test_text_is_refused_exactly_if_it_cannot_be_stored(text: str) -> None:
    sent = json.dumps(text)
    if lost_in(json.loads(sent)):
        assert refused(sent) == "bad-body"
    else:
        assert checked_json(sent) == sent


def nested(depth: int, *, objects: bool) -> str:
    return '{"a":' * depth + "1" + "}" * depth if objects else "[" * depth + "]" * depth


@pytest.mark.parametrize("objects", [True, False])
def test_value_is_nested_60_levels_at_most(objects: bool) -> None:
    assert checked_json(nested(60, objects=objects))
    for depth in (61, 64, 65, 1_000, 200_000):
        assert refused(nested(depth, objects=objects)) == "body-too-deep"


def test_brackets_in_texts_are_no_nesting() -> None:
    text = json.dumps(["[" * 100, '{"' * 100])
    assert checked_json(text) == text


@pytest.mark.parametrize(
    ("text", "value"), [("[1, 2]", [1, 2]), ('"5"', "5"), ("five", None), ("NaN", None)]
)
def test_value_of_a_text_that_may_be_no_json(text: str, value: Any) -> None:
    assert value_of(text, None) == value
