"""A dumped account without what differs from run to run: times, made-up ids, order of races.

Both the recorded account and the found one are told this way and then compared whole.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.tests.conformance.transcript import Host

NAMES = Host("http://nowhere/nowhere", "no code")  # to take times and ids out of texts
MARK = re.compile(r"-[0-9A-F]{7,8}-")
ACCOUNT = re.compile(r"http://127\.0\.0\.1:\d+/\w+")
DETAILS = re.compile(r'\s*(\\n)?\s*(\{details\}|\{\\*"\$type\\*":\\*"System\.).*', re.DOTALL)
CUT = 100  # what the dump keeps of long strings; exceptions are longer here than there
UNORDERED = ("o-fan", "o-fan_with_failure")  # activities that end at once end in any order
REJECTED = "s9"  # its start names a version that the host does not run
EPISODES = ("OrchestratorStarted", "OrchestratorCompleted")
HOSTS_OWN = "azure-webjobs-secrets"  # the recording was made without the Functions host


def told(account: Mapping[str, Any]) -> dict[str, Any]:
    """The account's tables, queues and blobs in a form that can be compared."""
    return {
        "tables": {name: _rows(rows) for name, rows in account["tables"].items()},
        "queues": {
            name: [queue["approximateMessageCount"], _visible(queue["peeked"])]
            for name, queue in account["queues"].items()
        },
        "blobs": {
            name: sorted((_text(blob), _blob(content)) for blob, content in blobs.items())
            for name, blobs in account["blobs"].items()
            if name != HOSTS_OWN
        },
    }


def _visible(peeked: list[Mapping[str, Any]]) -> list[Any]:
    """A message that a version rejects is out of sight but for the moment its back-off ends."""
    bodies = [_value(message["body"]) for message in peeked]
    return [body for body in bodies if f'"{REJECTED}"' not in json.dumps(body)]


def _rows(rows: list[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(_row(row), sort_keys=True) for row in rows if not _is_episode(row))


def _is_episode(row: Mapping[str, Any]) -> bool:
    return row["PartitionKey"] in UNORDERED and row.get("EventType") in EPISODES


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: _value(value) for name, value in row.items() if name != "Timestamp"}
    if row["PartitionKey"] in UNORDERED and row["RowKey"] not in ("", "sentinel"):
        del shown["RowKey"]
    return shown


def _blob(content: Mapping[str, Any]) -> list[Any]:
    """Its kind and its lease; the lengths of compressed texts that hold times differ."""
    return [content[name] for name in ("contentType", "contentEncoding", "leaseState", "blobType")]


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        if "Edm.DateTime" in value:
            return "{time}"
        if "Edm.String" in value:
            return _text(value["Edm.String"])
        return {name: _value(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_value(each) for each in value]
    return value


def _text(text: str) -> str:
    text = DETAILS.sub(" {details}", NAMES.told(NAMES.plain(text)))
    text = MARK.sub("-{mark}-", ACCOUNT.sub("{account}", text))
    return text[:CUT] if text.startswith('"Exception: ') else text
