"""The JSON of a request's body, and what is said about a body that is not JSON.

Owns the complaints in Newtonsoft's words; for the rarer kinds of bad JSON they are close, not
equal. Pure.
"""

import json
import re
from typing import Any

ERROR_TYPE = "Newtonsoft.Json.JsonReaderException"
UNQUOTED_NAME = re.compile(r"[{,]\s*[A-Za-z_$][\w$]*\Z")


class BadJsonError(ValueError):
    """The body is not JSON; the text says where."""


def parse(text: str) -> Any:
    """The value of a JSON text. Raises BadJsonError."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadJsonError(_complaint(text, error)) from error


def _complaint(text: str, error: ValueError) -> str:
    if not text.strip():
        return f"Error reading JToken from JsonReader. {_place(0, 0)}"
    if UNQUOTED_NAME.search(text):
        last_line = text.rsplit("\n", 1)[-1]
        place = _place(text.count("\n") + 1, len(last_line))
        return f"Unexpected end while parsing unquoted property name. {place}"
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    if at >= len(text):
        return f"Unexpected end of content while loading JToken. {_place(1, len(text))}"
    line = text.count("\n", 0, at)
    place = _place(line + 1, at) if at else _place(0, 0)
    return f"Unexpected character encountered while parsing value: {text[at]}. {place}"


def _place(line: int, position: int) -> str:
    return f"Path '', line {line}, position {position}."
