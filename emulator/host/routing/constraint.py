"""The inline constraints of a route parameter, such as `{id:int}` or `{code:length(4)}`.

They accept the same texts as those of ASP.NET Core's routing.
"""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Constraint = Callable[[str], bool]

CALL = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)


def constraint(text: str) -> Constraint:
    """Return the predicate of a constraint. Raises ValueError for an unknown one."""
    call = CALL.fullmatch(text)
    name = call[1].lower() if call else ""
    if call and call[2] is None and name in PLAIN:
        return PLAIN[name]
    if call and call[2] is not None and name in WITH_ARGUMENTS:
        return WITH_ARGUMENTS[name](call[2])
    raise ValueError(f"unknown route constraint '{text}'")


def _whole(low: int, high: int) -> Constraint:
    def holds(text: str) -> bool:
        return bool(re.fullmatch(r"\s*[+-]?\d+\s*", text, re.ASCII)) and low <= int(text) <= high

    return holds


def _parses(parse: Callable[[str], object]) -> Constraint:
    def holds(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return holds


def _length(arguments: str) -> Constraint:
    low, high = _bounds(arguments)
    return lambda text: low <= len(text) <= high


def _range(arguments: str) -> Constraint:
    return _whole(*_bounds(arguments))


def _bounds(arguments: str) -> tuple[int, int]:
    numbers = [int(number) for number in arguments.split(",")]
    return numbers[0], numbers[-1]


def _min_length(arguments: str) -> Constraint:
    low = int(arguments)
    return lambda text: len(text) >= low


def _max_length(arguments: str) -> Constraint:
    high = int(arguments)
    return lambda text: len(text) <= high


def _regex(arguments: str) -> Constraint:
    pattern = re.compile(arguments, re.IGNORECASE)
    return lambda text: bool(pattern.search(text))


LONGEST = 2**63
PLAIN: dict[str, Constraint] = {
    "int": _whole(-(2**31), 2**31 - 1),
    "long": _whole(-LONGEST, LONGEST - 1),
    "bool": lambda text: text.strip().lower() in {"true", "false"},
    "alpha": lambda text: text.isascii() and (text.isalpha() or not text),
    "guid": _parses(UUID),
    "datetime": _parses(datetime.fromisoformat),
    "decimal": _parses(float),
    "double": _parses(float),
    "float": _parses(float),
    "required": bool,
}
WITH_ARGUMENTS: dict[str, Callable[[str], Constraint]] = {
    "length": _length,
    "minlength": _min_length,
    "maxlength": _max_length,
    "min": lambda low: _whole(int(low), LONGEST),
    "max": lambda high: _whole(-LONGEST, int(high)),
    "range": _range,
    "regex": _regex,
}
