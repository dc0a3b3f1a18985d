"""The SDK's own reading of a trigger's value."""

from typing import Any

from azure.functions.meta import Datum

from emulator.host.functions.values.trigger_value import TriggerValue


def decoded(converter: Any, value: TriggerValue) -> Any:
    """Return what a function gets."""
    payload = value.payload if value.kind == "bytes" else value.payload.decode()
    metadata = {name: Datum(text, kind) for name, (kind, text) in value.metadata.items()}
    return converter.decode(Datum(payload, value.kind), trigger_metadata=metadata)
