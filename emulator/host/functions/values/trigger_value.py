"""The value that a trigger passes to its function, and what it says about the value."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.worker.channel import to_bytes

type Kind = Literal["string", "json", "bytes"]


@dataclass(frozen=True, slots=True)
class TriggerValue:
    """A trigger's value. The SDK reads `metadata`, which has a kind and a text by name.

    `data` are the values that binding expressions, such as `{name}`, may name.
    """

    payload: bytes
    kind: Kind = "string"
    metadata: Mapping[str, tuple[Kind, str]] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return it as it is sent to the worker, without its payload."""
        return {"kind": self.kind, "metadata": self.metadata}


def text_value(text: str) -> TriggerValue:
    """Return the value of a durable trigger."""
    return TriggerValue(to_bytes(text))


type Fire = Callable[[TriggerValue], Awaitable[None]]
"""Calls a function with the value of its trigger. Raises FunctionFailed."""
