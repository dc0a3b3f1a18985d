"""Answers of the host's own APIs in JSON and in text."""

import json
from collections.abc import Sequence
from typing import Any

from emulator.host.kestrel.answer import Answer, Header

JSON = ("Content-Type", "application/json; charset=utf-8")
TEXT = ("Content-Type", "text/plain; charset=utf-8")


def json_answer(value: Any, status: int = 200, headers: Sequence[Header] = ()) -> Answer:
    """Return an answer with a JSON value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, text.encode(), [JSON, *headers])


def text_answer(status: int, text: str) -> Answer:
    """Return an answer with a text, whose length the host does not announce."""
    return Answer(status, text.encode(), [TEXT], known=False)
