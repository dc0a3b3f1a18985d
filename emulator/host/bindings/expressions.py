"""Binding expressions: `{name}` in a path or a queue name, and `%SETTING%`."""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from emulator.host.configuration.settings import expand

_EXPRESSION = re.compile(r"\{([^{}]+)\}")
_OF_SYSTEM: Mapping[str, Callable[[], str]] = {
    "rand-guid": lambda: str(uuid.uuid4()),
    "sys.randguid": lambda: str(uuid.uuid4()),
    "datetime": lambda: f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}",
    "sys.utcnow": lambda: f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}",
}


class UnknownValueError(Exception):
    """An expression names a value that the trigger does not have. The text is Azure's."""


def resolve(text: str, settings: Mapping[str, str], data: Mapping[str, str]) -> str:
    """Return a text with its settings and expressions replaced, ignoring the case of their names.

    Raises PackageFailed for a missing setting and UnknownValueError for a missing value.
    """
    by_lower_name = {name.lower(): value for name, value in data.items()}

    def value_of(expression: re.Match[str]) -> str:
        name = expression[1].strip().lower()
        if name in by_lower_name:
            return by_lower_name[name]
        if name in _OF_SYSTEM:
            return _OF_SYSTEM[name]()
        raise UnknownValueError(f"No value for named parameter '{expression[1]}'.")

    return _EXPRESSION.sub(value_of, expand(text, settings))
