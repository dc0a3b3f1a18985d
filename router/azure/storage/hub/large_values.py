"""Identify the blobs that hold an instance's large values, and extract the values.

An app or a caller can write a text that looks like a blob's URL into a row. Only a blob that the
engine itself can have named counts as one.
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
    """Return the large-message container of the hub that an instance's row names."""
    return f"{instance.get('TaskHubName')}-largemessages".lower()


def at_address(value: object, instance: Row) -> str | None:
    """Return the name of the instance's own blob whose URL the value is, or None."""
    found = _ADDRESS.fullmatch(unquote(value)) if isinstance(value, str) else None
    if found is None or found[1] != container_of(instance):
        return None
    return found[2] if is_own(found[2], instance) else None


def is_own(blob: str, instance: Row) -> bool:
    """Return True if the blob belongs to this instance."""
    key = str(instance["PartitionKey"])
    if event := _EVENT.fullmatch(blob):
        return event[1] == key
    message = _MESSAGE.fullmatch(blob)  # the engine names these by the unescaped id
    return message is not None and message[1] in (key, unescape(key))


def value_in(blob: str, content: str) -> str | None:
    """Return the value in a blob's content, which for a start message is its input."""
    if not blob.endswith(_START):
        return content
    found: str | None = json.loads(content)["TaskMessage"]["Event"]["Input"]
    return found
