"""Prepare a release's package for its line: the package with the line's options in its host.json.

Azure's scale controller reads the task hub and its storage from that file only. Options in app
settings alone would leave it watching other queues, so that starts would wait without an end.
"""

import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from router.releases.host_json import parse, with_options
from router.releases.package import normal_name

_FILE = "host.json"
_LEVEL = 6
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def prepared(package: bytes, options: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the package with these options in its host.json, and its SHA-256 before it.

    The same input gives the same bytes.
    """
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(package)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as result,
    ):
        document, _ = with_options(host_json(source), options)
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        result.writestr(_entry(_FILE, _TIMESTAMP, 0o644 << 16), text)
        for entry in source.infolist():
            if normal_name(entry.filename) != _FILE:
                copy = _entry(entry.filename, entry.date_time, entry.external_attr)
                result.writestr(copy, source.read(entry))
    changed = target.getvalue()
    return sha256(changed).hexdigest(), changed


def host_json(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return the host.json of a package that has one. Raises ValueError."""
    entries = archive.infolist()
    return parse(archive.read(next(e for e in entries if normal_name(e.filename) == _FILE)))


def host_json_of(package: bytes) -> dict[str, Any]:
    """Return the host.json of a package that was inspected."""
    with zipfile.ZipFile(BytesIO(package)) as archive:
        return host_json(archive)


def _entry(name: str, at: tuple[int, ...], attributes: int) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = at
    entry = zipfile.ZipInfo(name, (year, month, day, hour, minute, second))
    entry.create_system = 3  # Unix, whose permissions the attributes hold
    entry.external_attr = attributes
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
