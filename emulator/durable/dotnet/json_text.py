"""JSON text as the real extension reads and writes it: lax in, compact and strict out.

Rows, messages and outputs are compared with recordings byte by byte.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from emulator.durable.dotnet import json_reader
from emulator.durable.dotnet.json_reader import MAX_DEPTH, BadJsonError

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class CommentInJsonError(Exception):
    """A text that is shown as JSON begins with a comment, which .NET fails to write."""

    def __init__(self, path: str = "") -> None:
        super().__init__(
            "Token PropertyName in state Property would result in an invalid JSON object. "
            f"Path '{path}'."
        )


def compact(value: Any) -> str:
    """Return the value as compact JSON text, with infinite numbers as texts like .NET."""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False)


def compact_or_none(value: Any) -> str | None:
    """Return the value as JSON text, or None for None, as .NET's serializer omits null."""
    return None if value is None else compact(value)


def parse(text: str) -> Any:
    """Return the value of a JSON text of at most 64 levels. Raises BadJsonError."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _well_formed(json_reader.read(text))
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return json_reader.read(text)
    return _well_formed(value) if _SURROGATE.search(text) else value


def loads(text: str) -> Any:
    """Return the value of the SDK's JSON text, of any depth, without lone surrogates."""
    value = json.loads(text, strict=False)
    return _well_formed(value) if _SURROGATE.search(text) else value


def parse_or_text(text: str | None) -> Any:
    """Return the value of a JSON text, or the text itself if it is not JSON.

    Raises CommentInJsonError.
    """
    if text is None:
        return None
    if json_reader.begins_with_comment(text):
        raise CommentInJsonError
    try:
        return parse(text) if text.strip() else ""
    except BadJsonError:
        return text


def _finite(value: Any) -> Any:
    def number(each: Any) -> Any:
        if not isinstance(each, float) or math.isfinite(each):
            return each
        return "NaN" if math.isnan(each) else "Infinity" if each > 0 else "-Infinity"

    return _mapped(number, value)


def _well_formed(value: Any) -> Any:
    def text(each: Any) -> Any:
        if not isinstance(each, str) or each.isascii():
            return each
        return each.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    return _mapped(text, value)


def _mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """Return the value with every name, text and number in it changed."""
    if isinstance(value, dict):
        return {change(name): _mapped(change, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(change, each) for each in value]
    return change(value)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [child for children in inner for child in children]
    return depth
