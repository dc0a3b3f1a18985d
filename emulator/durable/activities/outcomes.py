"""What becomes of one activity: its result or its failure, as the engine records them.

Owns the texts of failures. Knows neither queues nor how the function is called.
"""

import json
from typing import Any

from emulator.durable.dotnet.exception import serialized
from emulator.durable.dotnet.json_text import compact, or_none
from emulator.engine.model.executor import ActivityOutcome


def argument(value: str | None) -> str:
    """The JSON text that the function gets: the first of the argument list that was recorded.

    What an orchestrator passed stands there as text within text.
    """
    arguments: list[Any] = json.loads(value) if value else []
    first = arguments[0] if arguments else None
    return first if isinstance(first, str) else compact(first)


def succeeded(text: str | None) -> ActivityOutcome:
    """The outcome of a call that returned that JSON text."""
    return ActivityOutcome(result=or_none(json.loads(text)) if text else None)


def failed(name: str, type_name: str, message: str, stack: str) -> ActivityOutcome:
    """The outcome of a call that raised."""
    # Two blanks: the real text keeps the one that stood before the exception in the worker's.
    told = f" {type_name}: {message}"
    return ActivityOutcome(
        reason=f"Activity function '{name}' failed: {told}", details=serialized(told, stack)
    )
