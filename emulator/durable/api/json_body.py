"""The JSON of a request body, and Newtonsoft's error texts for invalid JSON.

The texts for the rarer errors are similar, not identical.
"""

import json
import re
from typing import Any

ERROR_TYPE = "Newtonsoft.Json.JsonReaderException"
UNQUOTED_NAME = re.compile(r"[{,]\s*[A-Za-z_$][\w$]*\Z")


class BadJsonError(ValueError):
    """The body is not JSON. The text says where."""


def parse(text: str) -> Any:
    """Return the value of a JSON text. Raises BadJsonError."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadJsonError(_error_text(text, error)) from error


def _error_text(text: str, error: ValueError) -> str:
    if not text.strip():
        return f"Error reading JToken from JsonReader. {_location(0, 0)}"
    if UNQUOTED_NAME.search(text):
        last_line = text.rsplit("\n", 1)[-1]
        location = _location(text.count("\n") + 1, len(last_line))
        return f"Unexpected end while parsing unquoted property name. {location}"
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    if at >= len(text):
        return f"Unexpected end of content while loading JToken. {_location(1, len(text))}"
    line = text.count("\n", 0, at)
    location = _location(line + 1, at) if at else _location(0, 0)
    return f"Unexpected character encountered while parsing value: {text[at]}. {location}"


def _location(line: int, position: int) -> str:
    return f"Path '', line {line}, position {position}."
