"""Convert the catalog's values to and from table rows with flat columns and two keys.

A column is text or an integer, nested values are JSON text, and None has no column. Unknown columns
are ignored, so that rows written by a newer router can be read.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from semver import Version

from router.domain.instance_id import escape
from router.domain.model import Claim, Line, LineEvent, Operation, OperationKind, Release
from router.domain.version import LineId, parse_line

Row = dict[str, str | int]
Stored = TypeVar("Stored", Release, Line, Operation, Claim, LineEvent)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_hints: Callable[[Any], dict[str, Any]] = cache(get_type_hints)  # 1,000 lines have 25,000 columns

LINES, RELEASES, OPERATIONS, CLAIMS = "line", "release", "operation", "claim"


class Key(NamedTuple):
    """PartitionKey and RowKey."""

    partition: str
    row: str


MARK_KEY = Key("router", "mark")


def line_key(line: LineId) -> Key:
    return Key(LINES, str(line))


def release_key(version: Version) -> Key:
    return Key(RELEASES, str(version))


def operation_key(operation_id: str) -> Key:
    return Key(OPERATIONS, operation_id)


def operation_keys(kind: OperationKind, line: LineId) -> tuple[str, str]:
    """Return the range of the row keys of a line's operations of one kind, the end excluded."""
    stem = f"{kind}-{line.dashed}"
    return f"{stem}-", f"{stem}{chr(ord('-') + 1)}"


def claim_key(instance_id: str) -> Key:
    return Key(CLAIMS, escape(instance_id))


def events_partition(line: LineId) -> str:
    return f"event:{line}"


def event_key(line: LineId, event: LineEvent, unique: str) -> Key:
    """Return a key that sorts newest first. `unique` separates events of one microsecond."""
    left = (_END_OF_TIME - event.at) // timedelta(microseconds=1)
    return Key(events_partition(line), f"{left:018d}-{unique}")


def key_of(value: Release | Line | Operation | Claim) -> Key:
    """Return a value's key. An event's key needs its line: see `event_key`."""
    if isinstance(value, Release):
        return release_key(value.version)
    if isinstance(value, Line):
        return line_key(value.id)
    if isinstance(value, Operation):
        return operation_key(value.id)
    return claim_key(value.instance_id)


def to_row(value: Release | Line | Operation | Claim | LineEvent) -> Row:
    """Return the columns of a value, without its keys and its etag."""
    columns: dict[str, Any] = _plain(value)
    columns.pop("etag", None)
    return {name: _column(content) for name, content in columns.items()}


def from_row(kind: type[Stored], row: Mapping[str, Any], etag: str = "") -> Stored:  # noqa: UP047
    """Return the value of a row. Raises KeyError or ValueError for a row of another kind."""
    hints = _hints(kind)
    content = {
        name: json.loads(row[name]) if _is_nested(hint) else row[name]
        for name, hint in hints.items()
        if row.get(name) is not None
    }
    if "etag" in hints:
        content["etag"] = etag
    value: Stored = _build(kind, content)
    return value


def _column(content: Any) -> str | int:
    if isinstance(content, (dict, list)):
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return content if isinstance(content, int) else str(content)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (Version, LineId, StrEnum)):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        named = ((name, getattr(value, name)) for name in _hints(type(value)))
        return {name: _plain(content) for name, content in named if content is not None}
    return value


def _build(kind: Any, content: Mapping[str, Any]) -> Any:
    members: dict[str, Any] = {}
    for name, hint in _hints(kind).items():
        if name in content:
            members[name] = _value(hint, content[name])
        elif hint is not _present(hint):
            members[name] = None
    try:
        return kind(**members)
    except TypeError as error:
        raise KeyError(f"not the row of a {kind.__name__}: {error}") from error


def _value(hint: Any, content: Any) -> Any:
    hint = _present(hint)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(_value(item, each) for each in content)
    if is_dataclass(hint):
        return _build(hint, content)
    if hint is datetime:
        return datetime.fromisoformat(content)
    if hint is Version:
        return Version.parse(content)
    if hint is LineId:
        return parse_line(content)
    return hint(content)


@cache
def _present(hint: Any) -> Any:
    """Return the type without None: `Version` for `Version | None`."""
    if get_origin(hint) is UnionType:
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


@cache
def _is_nested(hint: Any) -> bool:
    hint = _present(hint)
    return get_origin(hint) is tuple or is_dataclass(hint)
