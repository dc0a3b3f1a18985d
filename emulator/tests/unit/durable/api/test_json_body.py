"""Errors in request bodies have Newtonsoft's texts."""

import pytest

from emulator.durable.api import json_body


@pytest.mark.parametrize(
    ("body", "reason", "location"),
    [
        ("{nope", "Unexpected end while parsing unquoted property name", (1, 5)),
        ("nope", "Unexpected character encountered while parsing value: n", (0, 0)),
        ("", "Error reading JToken from JsonReader", (0, 0)),
        ('{"a": ', "Unexpected end of content while loading JToken", (1, 6)),
        ("[1, ?]", "Unexpected character encountered while parsing value: ?", (1, 4)),
    ],
)
def test_invalid_json_raises_newtonsoft_error_text(
    body: str, reason: str, location: tuple[int, int]
) -> None:
    with pytest.raises(json_body.BadJsonError) as error:
        json_body.parse(body)
    assert str(error.value) == f"{reason}. Path '', line {location[0]}, position {location[1]}."
