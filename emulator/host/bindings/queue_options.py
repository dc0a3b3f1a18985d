"""`extensions.queues` of host.json, and the text of messages by its encoding."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.host.configuration import time_span
from emulator.host.configuration.host_json import section


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """The options of polling queues and of their messages' encoding. Times are in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_seconds: float = 0  # before a message that failed is tried again
    max_polling_seconds: float = 60
    base64: bool = True

    def written(self, content: bytes) -> str:
        """Return the text of a message with this content."""
        return base64.b64encode(content).decode() if self.base64 else content.decode()

    def read(self, text: str) -> bytes:
        """Return the content of a message. Raises ValueError if it is not in Base64."""
        return base64.b64decode(text, validate=True) if self.base64 else text.encode()


def queue_options(document: Mapping[str, Any]) -> QueueOptions:
    """Return the options of a host.json. What is missing or unreadable has its default."""

    def value(name: str) -> Any:
        return section(document, "extensions", "queues", name)

    def number(name: str, default: int) -> int:
        text = str(value(name))
        return int(text) if text.isdecimal() else default

    def seconds(name: str, default: float) -> float:
        found = time_span.parse(str(value(name) or ""))
        return default if found is None else found

    default = QueueOptions()
    batch_size = max(1, min(32, number("batchSize", default.batch_size)))
    return QueueOptions(
        batch_size,
        number("newBatchThreshold", batch_size // 2),
        max(1, number("maxDequeueCount", default.max_dequeue_count)),
        seconds("visibilityTimeout", default.visibility_seconds),
        seconds("maxPollingInterval", default.max_polling_seconds),
        str(value("messageEncoding") or "base64").lower() != "none",
    )
