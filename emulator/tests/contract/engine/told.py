"""A dumped account without what differs from run to run: times, made-up ids, addresses."""

import json
import re
from collections.abc import Mapping
from typing import Any

_EXECUTION = re.compile(r"\b[0-9a-f]{32}\b")
_GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_MARK = re.compile(r"-[0-9A-F]{8}-")
_ACCOUNT = re.compile(r"http://127\.0\.0\.1:\d+/\w+")


def tables(account: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in the order of their keys."""
    return {name: [_row(row) for row in rows] for name, rows in account["tables"].items()}


def counts(account: Mapping[str, Any]) -> dict[str, int]:
    """How many messages each queue has, invisible ones included."""
    return {name: queue["approximateMessageCount"] for name, queue in account["queues"].items()}


def messages(account: Mapping[str, Any]) -> dict[str, list[tuple[Any, int, bool]]]:
    """The visible messages: body, how often it was dequeued, whether it stays for ever."""
    return {
        name: [
            (_value(m["body"]), m["dequeueCount"], m["expiresOn"].startswith("9999"))
            for m in queue["peeked"]
        ]
        for name, queue in account["queues"].items()
        if "-control-" in name
    }


def blobs(account: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """The blobs by container: name, and kind, lease and text."""
    return {
        name: sorted((_text(blob), _kind(content)) for blob, content in content.items())
        for name, content in account["blobs"].items()
    }


def _kind(blob: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in blob.items() if name != "contentLength"}
    if "text" in shown:
        shown["text"] = json.loads(shown["text"]) | {"OwnerId": "{owner}"}
    return shown


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
    text = _EXECUTION.sub("{execution}", _GUID.sub("{guid}", text))
    return _MARK.sub("-{mark}-", _ACCOUNT.sub("{account}", text))
