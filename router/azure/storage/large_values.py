"""The blobs that hold what is too large for a row: which are an instance's own, and what they say.

A text that an app, or who ends an instance, writes into a row may look like the address of a blob.
Only what the engine itself can have named is one; anything else is the text that it is. Knows
nothing of how blobs are read.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from router.domain.instance_id import unescape

_ADDRESS = re.compile(r"https?://[^/]+(?:/[^/]+)?/([^/]+)/([^/]+/[^/]+)")
_EVENT = re.compile(r"([^/]+)/history-[^/]+\.json\.gz")
_MESSAGE = re.compile(r"([^/]+)/message-[^/]+\.json\.gz")
_START = "-ExecutionStarted.json.gz"

Row = Mapping[str, Any]


def container_of(instance: Row) -> str:
    """The container of the hub that the row of an instance names."""
    return f"{instance.get('TaskHubName')}-largemessages".lower()


def at_address(value: object, instance: Row) -> str | None:
    """The name of the instance's own blob that a value is the address of; None for any other."""
    found = _ADDRESS.fullmatch(unquote(value)) if isinstance(value, str) else None
    if found is None or found[1] != container_of(instance):
        return None
    return found[2] if is_own(found[2], instance) else None


def is_own(blob: str, instance: Row) -> bool:
    """Whether a blob of the hub is in this instance's folder."""
    key = str(instance["PartitionKey"])
    if event := _EVENT.fullmatch(blob):
        return event[1] == key
    message = _MESSAGE.fullmatch(blob)  # these the engine names by the id itself
    return message is not None and message[1] in (key, unescape(key))


def value_in(blob: str, content: str) -> str | None:
    """The value that a blob's content stands for: of a whole start message, its input."""
    if not blob.endswith(_START):
        return content
    found: str | None = json.loads(content)["TaskMessage"]["Event"]["Input"]
    return found
