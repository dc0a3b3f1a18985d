"""A dumped account without run-specific values: times, generated ids and addresses."""

import json
import re
from collections.abc import Mapping
from typing import Any

_EXECUTION_ID = re.compile(r"\b[0-9a-f]{32}\b")
_GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_RANDOM_PART = re.compile(r"-[0-9A-F]{8}-")
_ACCOUNT = re.compile(r"http://127\.0\.0\.1:\d+/\w+")


def tables(account: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table in key order."""
    return {name: [_row(row) for row in rows] for name, rows in account["tables"].items()}


def counts(account: Mapping[str, Any]) -> dict[str, int]:
    """Return the number of messages per queue, including invisible ones."""
    return {name: queue["approximateMessageCount"] for name, queue in account["queues"].items()}


def messages(account: Mapping[str, Any]) -> dict[str, list[tuple[Any, int, bool]]]:
    """Return the visible messages: body, dequeue count and whether they never expire."""
    return {
        name: [
            (_value(m["body"]), m["dequeueCount"], m["expiresOn"].startswith("9999"))
            for m in queue["peeked"]
        ]
        for name, queue in account["queues"].items()
        if "-control-" in name
    }


def blobs(account: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """Return the blobs by container: name, and properties with lease and text."""
    return {
        name: sorted((_text(blob), _properties(content)) for blob, content in content.items())
        for name, content in account["blobs"].items()
    }


def _properties(blob: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in blob.items() if name != "contentLength"}
    if "text" in properties:
        properties["text"] = json.loads(properties["text"]) | {"OwnerId": "{owner}"}
    return properties


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    match value:
        case {"Edm.DateTime": str(text)}:
            return f"{{time of {len(text)} characters}}"
        case dict():
            return {name: _value(each) for name, each in value.items() if name != "Timestamp"}
        case str():
            return _text(value)
    return value


def _text(text: str) -> str:
    text = _EXECUTION_ID.sub("{execution}", _GUID.sub("{guid}", text))
    return _RANDOM_PART.sub("-{mark}-", _ACCOUNT.sub("{account}", text))
