"""What the SDK answered when it replayed an orchestrator.

Owns the reading of the classic out-of-process protocol: a state, or an exception that carries
one. Knows nothing of histories.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Action = Mapping[str, Any]
"""One action of the SDK: `actionType` and the fields of its type."""

DATA_LABEL = "\n\n$OutOfProcData$:"


@dataclass(frozen=True, slots=True)
class Answer:
    """All actions since this execution began, and how far the code got."""

    actions: Sequence[Action] = ()
    is_done: bool = False
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """There is no such orchestrator, or it failed before the SDK could say anything."""

    reason: str


def answered(text: str | None) -> Answer:
    """The answer of a call that returned; nothing at all counts as an end without output."""
    return _read(json.loads(text)) if text else Answer(is_done=True)


def raised(type_name: str, message: str, stack: str) -> Answer | Refusal:
    """The answer of a call that raised: the state in the message, or the bare failure."""
    _, found, state = message.partition(DATA_LABEL)
    if found:
        return _read(json.loads(state), stack)
    return Refusal(
        "One or more errors occurred. "
        f"(Result: Failure\nException: {type_name}: {message}\nStack: {stack})"
    )


def _read(state: Mapping[str, Any], stack: str = "") -> Answer:
    actions = state.get("actions") or [[]]
    return Answer(
        actions=actions[0],
        is_done=bool(state.get("isDone")),
        output=state.get("output"),
        error=state.get("error"),
        custom_status=state.get("customStatus"),
        stack=stack,
    )
