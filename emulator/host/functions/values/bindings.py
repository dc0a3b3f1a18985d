"""The storage bindings of functions, as calls use them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.host.functions.function import FunctionInfo

RETURN = "$return"

type Input = str | dict[str, str] | None
"""A text, bytes as `{"base64": ...}`, or None for what does not exist."""


@dataclass(frozen=True, slots=True)
class Output:
    """A value that a function made for a binding: of kind string, bytes or json."""

    kind: str
    payload: bytes


class Bindings(Protocol):
    """Reads what functions get from storage, and writes what they return to it."""

    async def read(self, function: FunctionInfo, data: Mapping[str, str]) -> dict[str, Input]:
        """Return the values of a function's input bindings by name."""

    async def write(
        self, function: FunctionInfo, values: Mapping[str, Output], data: Mapping[str, str]
    ) -> None:
        """Write the values of a function's output bindings."""


def outputs_of(answer: Mapping[str, Any], result: bytes) -> dict[str, Output]:
    """Return what a function made for its bindings, by name."""
    named = {
        name: Output(each["kind"], base64.b64decode(each["base64"]))
        for name, each in answer.get("outputs", {}).items()
        if each["kind"] is not None
    }
    if answer["kind"] not in {None, "http"}:
        named[RETURN] = Output(answer["kind"], result)
    return named
