"""The SDK's result of replaying an orchestrator: parses the classic out-of-process protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.durable.dotnet.json_text import loads

Action = Mapping[str, Any]
"""One action of the SDK: `actionType` and the fields of its type."""

DATA_LABEL = "\n\n$OutOfProcData$:"


@dataclass(frozen=True, slots=True)
class SdkResult:
    """All actions since this execution began, and the progress of the code."""

    actions: Sequence[Action] = ()
    is_done: bool = False
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    stack: str = ""


@dataclass(frozen=True, slots=True)
class OrchestratorFailure:
    """The orchestrator does not exist, or failed before the SDK returned a state."""

    reason: str


def parse_return_value(text: str | None) -> SdkResult:
    """Return the result of a call that returned. An empty text is a completion without output."""
    return _parse(loads(text)) if text else SdkResult(is_done=True)


def parse_exception(type_name: str, message: str, stack: str) -> SdkResult | OrchestratorFailure:
    """Return the result of a call that raised: the state in its message, or the bare failure."""
    _, found, state = message.partition(DATA_LABEL)
    if found:
        return _parse(loads(state), stack)
    return OrchestratorFailure(
        "One or more errors occurred. "
        f"(Result: Failure\nException: {type_name}: {message}\nStack: {stack})"
    )


def _parse(state: Mapping[str, Any], stack: str = "") -> SdkResult:
    actions = state.get("actions") or [[]]
    return SdkResult(
        actions=actions[0],
        is_done=bool(state.get("isDone")),
        output=_without_type(state.get("output")),
        error=state.get("error"),
        custom_status=_without_type(state.get("customStatus")),
        stack=stack,
    )


def _without_type(value: Any) -> Any:
    """Return a value without the type name that .NET takes for its own."""
    if isinstance(value, Mapping) and "$type" in value:
        return {name: each for name, each in value.items() if name != "$type"}
    return value
