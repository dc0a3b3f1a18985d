"""Converts the results and failures of activities to the form that the engine records."""

import json
from typing import Any

from emulator.durable.dotnet.exception import serialize_exception
from emulator.durable.dotnet.json_text import compact, compact_or_none, loads
from emulator.engine.model.executor import ActivityOutcome


def argument(value: str | None) -> str:
    """Return the JSON text passed to the function: the first of the recorded arguments.

    The SDK records the input of an activity as JSON text inside a JSON text.
    """
    arguments: list[Any] = json.loads(value) if value else []
    first = arguments[0] if arguments else None
    return first if isinstance(first, str) else compact(first)


def succeeded(result: str | None) -> ActivityOutcome:
    """Return the outcome of a call that returned this JSON text."""
    return ActivityOutcome(result=compact_or_none(loads(result)) if result else None)


def failed(name: str, type_name: str, message: str, stack: str) -> ActivityOutcome:
    """Return the outcome of a call that raised an exception."""
    return _failed(name, f"{type_name}: {message}", stack)


def disabled(name: str) -> ActivityOutcome:
    """Return the outcome of a call of a function that a setting disables."""
    return _failed(name, f"Activity function '{name}' is disabled.", None)


def _failed(name: str, text: str, stack: str | None) -> ActivityOutcome:
    return ActivityOutcome(
        reason=f"Activity function '{name}' failed: {text}",
        details=serialize_exception(text, stack),
    )


def not_answered(name: str, reason: str) -> ActivityOutcome:
    """Return the outcome of a call that ended with its worker process."""
    return ActivityOutcome(
        reason=f"Activity function '{name}' failed: {reason}", details=serialize_exception(reason)
    )
