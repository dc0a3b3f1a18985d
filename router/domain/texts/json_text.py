"""JSON texts from callers, held to what every later reader of them accepts.

Durable's reader is laxer in places (comments, NaN) and stricter in others (depth, long integers).
A text that passes is passed on as it was sent, so that numbers keep their digits.
"""

import json
import math
from itertools import chain
from typing import Any, NoReturn

from router.domain.errors import Refusal
from router.domain.texts.carriers import lost_in

MAX_DEPTH = 60  # Durable refuses 64, and wraps some values
_MAX_DIGITS = 300  # Durable's reader refuses integers of more than 380


class _Members(list[Any]):
    """The members of an object as pairs, which keeps those that a later one of their name hides."""


def checked_json(text: str) -> str:
    """Return the text, or raise Refusal 400 bad-body or body-too-deep."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Members,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _not_json(str(error)) from error
    _check(value)
    return text


def value_of(text: str, otherwise: Any) -> Any:
    """Return the value of a JSON text, or `otherwise` if it is none."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return otherwise


def _check(value: Any) -> None:
    """Check every text in the value, and how deep it is nested, without recursion."""
    left = [(value, 1)]
    while left:
        each, depth = left.pop()
        if isinstance(each, str):
            if problem := lost_in(each):
                raise _not_json(f"a text {problem}")
        elif isinstance(each, list):
            if depth > MAX_DEPTH:
                raise _too_deep()
            inside = chain.from_iterable(each) if isinstance(each, _Members) else each
            left += [(item, depth + 1) for item in inside if isinstance(item, str | list)]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _short(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"an integer has more than {_MAX_DIGITS} digits")
    return 0  # its value does not matter


def _not_json(why: str) -> Refusal:
    detail = f"The body is not JSON in UTF-8 ({why}). Send a JSON value, or no body at all."
    return Refusal(400, "bad-body", detail)


def _too_deep() -> Refusal:
    detail = (
        f"The body is nested more than {MAX_DEPTH} levels deep, which Durable Functions does not "
        "accept. Send a flatter value, or a reference to it."
    )
    return Refusal(400, "body-too-deep", detail)
