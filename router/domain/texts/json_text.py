"""JSON texts from callers, held to what every later reader of them accepts.

Durable's reader is laxer in places (comments, NaN) and stricter in others (depth, long integers).
A text that passes is passed on as it was sent, so that numbers keep their digits.
"""

import json
import math
import re
from itertools import accumulate
from typing import Any, NoReturn

from router.domain.errors import Refusal
from router.domain.texts.carriers import lost_in

MAX_DEPTH = 60  # Durable refuses 64, and wraps some values
_MAX_DIGITS = 300  # Durable's reader refuses integers of more than 380
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_LONG_INTEGER = re.compile(rf"[0-9]{{{_MAX_DIGITS + 1}}}")
_BRACKET = re.compile(r"[\[\]{}]")
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# Where no escaped backslash is left, these are the escapes of what no carrier can hold.
_LOST_ESCAPE = re.compile(rf"{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}|\\u[fF]{{3}}[eEfF]")


def checked_json(text: str) -> str:
    """Return the text, or raise Refusal 400 bad-body or body-too-deep."""
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _not_json(str(error)) from error
    _check_numbers_and_depth(text)
    escaped = _LOST_ESCAPE.search(text.replace("\\\\", " "))
    if problem := lost_in(json.loads(f'"{escaped[0]}"') if escaped else text):
        raise _not_json(f"a text {problem}")
    return text


def value_of(text: str, otherwise: Any) -> Any:
    """Return the value of a JSON text, or `otherwise` if it is none."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return otherwise


def _check_numbers_and_depth(text: str) -> None:
    brackets = text.count("[") + text.count("{")
    if brackets <= MAX_DEPTH and not _LONG_INTEGER.search(text):
        return  # which is quick, and true of most
    outside_strings = _STRING.sub("", text)
    if _LONG_INTEGER.search(outside_strings):
        raise _not_json(f"a number has more than {_MAX_DIGITS} digits")
    steps = (1 if each in "[{" else -1 for each in _BRACKET.findall(outside_strings))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise _too_deep()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _not_json(why: str) -> Refusal:
    detail = f"The body is not JSON in UTF-8 ({why}). Send a JSON value, or no body at all."
    return Refusal(400, "bad-body", detail)


def _too_deep() -> Refusal:
    detail = (
        f"The body is nested more than {MAX_DEPTH} levels deep, which Durable Functions does not "
        "accept. Send a flatter value, or a reference to it."
    )
    return Refusal(400, "body-too-deep", detail)
