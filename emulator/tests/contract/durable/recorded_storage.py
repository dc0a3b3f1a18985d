"""A dumped account without run-specific values: times, generated ids and the order of races."""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.tests.conformance.transcript import Host

TRANSCRIPT = Host("http://nowhere/nowhere", "no code")  # removes times and ids from texts
RANDOM_PART = re.compile(r"-[0-9A-F]{7,8}-")
ACCOUNT = re.compile(r"http://127\.0\.0\.1:\d+/\w+")
DETAILS = re.compile(r'\s*(\\n)?\s*(\{details\}|\{\\*"\$type\\*":\\*"System\.).*', re.DOTALL)
DUMP_LIMIT = (
    100  # the dump truncates long strings; exceptions are longer here than in the recording
)
# Simultaneous activities complete in any order, and an event from outside meets an earlier or a
# later episode: with several messages in one episode, the history has fewer rows in another order.
UNORDERED = ("o-fan", "o-fan_with_failure")
SENT_FROM_OUTSIDE = ("e-", "r-")
REJECTED = "s9"  # its start names a version that the host does not run
NOT_COMPARED = ("Timestamp", "_ts", "CurrentOwner")  # the recorded worker still ran
EPISODES = ("OrchestratorStarted", "OrchestratorCompleted")
HOST_CONTAINER = "azure-webjobs-secrets"  # the recording was made without the Functions host


def normalized(account: Mapping[str, Any]) -> dict[str, Any]:
    """Return the account's tables, queues and blobs in a comparable form."""
    return {
        "tables": {name: _rows(rows) for name, rows in account["tables"].items()},
        "queues": {
            name: [queue["approximateMessageCount"], _visible(queue["peeked"])]
            for name, queue in account["queues"].items()
        },
        "blobs": {
            name: sorted((_text(blob), _blob(content)) for blob, content in blobs.items())
            for name, blobs in account["blobs"].items()
            if name != HOST_CONTAINER
        },
    }


def _visible(peeked: list[Mapping[str, Any]]) -> list[Any]:
    """Return the visible messages without the rejected start, which is visible only briefly."""
    bodies = [_value(message["body"]) for message in peeked]
    return [body for body in bodies if f'"{REJECTED}"' not in json.dumps(body)]


def _rows(rows: list[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(_row(row), sort_keys=True) for row in rows if not _is_episode(row))


def _is_episode(row: Mapping[str, Any]) -> bool:
    return _is_unordered(row) and row.get("EventType") in EPISODES


def _is_unordered(row: Mapping[str, Any]) -> bool:
    key = row["PartitionKey"]
    return key in UNORDERED or key.startswith(SENT_FROM_OUTSIDE)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    comparable = {name: _value(value) for name, value in row.items() if name not in NOT_COMPARED}
    if _is_unordered(row) and row["RowKey"] not in ("", "sentinel"):
        del comparable["RowKey"]
    return comparable


def _blob(content: Mapping[str, Any]) -> list[Any]:
    """Return type and lease. The compressed size varies with the times in the text."""
    names = ("contentType", "contentEncoding", "leaseState", "blobType")
    return [content[name] and _plain_name(content[name]) for name in names]


def _plain_name(text: str) -> str:
    """Return a name of the SDK, which two ways of dumping an account write differently."""
    return text.lower().removeprefix("blobtype.").removesuffix("blob")


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
    text = DETAILS.sub(" {details}", TRANSCRIPT.normalized(TRANSCRIPT.plain(text)))
    text = RANDOM_PART.sub("-{mark}-", ACCOUNT.sub("{account}", text))
    return text[:DUMP_LIMIT] if text.startswith('"Exception: ') else text
