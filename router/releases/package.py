"""What a release's package must be, found without unpacking it: a function app, and no trap.

Finds every problem, not the first. Nothing is written; what is read is read in small pieces and
never beyond the size it declares, so a package that lies about its sizes is found out cheaply.
Takes time in proportion to the unpacked size: not for an event loop.
"""

import json
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from router.domain.errors import Refusal

_REQUIRED = ("host.json", "function_app.py")
_SHOWN_PROBLEMS = 100
_PIECE = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How large a package may be once unpacked."""

    unpacked_bytes: int = 1 << 30
    files: int = 20_000


_LIMITS = PackageLimits()


def inspect(package: bytes, limits: PackageLimits = _LIMITS) -> None:
    """Returns when the package may be deployed; Refusal 422 bad-package with its `problems`."""
    found = problems(package, limits)
    if found:
        detail = (
            f"The package has {len(found)} problem{'s' if len(found) > 1 else ''}, the first: "
            f"{found[0]}. Nothing was stored. Mend what `problems` lists, and build it again."
        )
        raise Refusal(422, "bad-package", detail, problems=_shown(found))


def problems(package: bytes, limits: PackageLimits = _LIMITS) -> list[str]:
    """Everything that is wrong with the package, in words; empty when it is fine."""
    try:
        archive = zipfile.ZipFile(BytesIO(package))
    except _BROKEN as error:
        return [f"it is not a zip that can be read: {error}"]
    with archive:
        entries = archive.infolist()
        found = [*_large(entries, limits), *_named(entries), *_required(archive)]
        if sum(entry.file_size for entry in entries) <= limits.unpacked_bytes:
            found += _damaged(archive)
    return list(dict.fromkeys(found))


def _large(entries: list[zipfile.ZipInfo], limits: PackageLimits) -> Iterator[str]:
    files = sum(not _is_folder(entry) for entry in entries)
    if files > limits.files:
        yield f"it has {files:,} files, more than {limits.files:,}"
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        yield f"it unpacks to {unpacked:,} bytes, more than {limits.unpacked_bytes:,}"


def _named(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    for entry in entries:
        fault = _fault(entry)
        if fault:
            yield f"{entry.orig_filename!r} {fault}"
    files = Counter(_normal(entry.filename) for entry in entries if not _is_folder(entry))
    yield from (f"{name!r} is there {count} times" for name, count in files.items() if count > 1)


def _fault(entry: zipfile.ZipInfo) -> str | None:
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not entry.filename:
        return "has no name"
    if "\\" in name:
        return "has a backslash in its path"
    if re.search(r"[\x00-\x1f]", name):
        return "has a control character in its path"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "has an absolute path"
    if ".." in name.split("/"):
        return "has a path that climbs out"
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    return _packed_wrongly(entry)


def _packed_wrongly(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is compressed by method {entry.compress_type}; only deflate is understood"
    return None


def _required(archive: zipfile.ZipFile) -> Iterator[str]:
    names = {_normal(entry.filename) for entry in archive.infolist() if not _is_folder(entry)}
    for name in _REQUIRED:
        if name not in names:
            deeper = next((each for each in sorted(names) if each.endswith(f"/{name}")), None)
            hint = f" ({deeper} is: zip what is in the folder, not the folder)" if deeper else ""
            yield f"{name} is not at its top level{hint}"
    if "host.json" in names:
        yield from _host_json(archive)


def _host_json(archive: zipfile.ZipFile) -> Iterator[str]:
    entry = next(each for each in archive.infolist() if _normal(each.filename) == "host.json")
    if entry.file_size > _PIECE:
        yield f"host.json has {entry.file_size:,} bytes, more than {_PIECE:,}"
        return
    if _packed_wrongly(entry):
        return
    try:
        text = archive.read(entry)
    except _BROKEN:
        return  # told with the other damaged files
    try:
        settings = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        yield f"host.json is not JSON: {error}"
        return
    if not isinstance(settings, dict):
        yield "host.json is not a JSON object"


def _damaged(archive: zipfile.ZipFile) -> Iterator[str]:
    """Files that are not what the directory says: other names, other sizes, other contents."""
    for entry in archive.infolist():
        if _is_folder(entry) or _packed_wrongly(entry):
            continue
        try:
            size = _read(archive, entry)
        except _BROKEN as error:
            yield f"{entry.orig_filename!r} can't be read: {error}"
            continue
        if size != entry.file_size:
            yield f"{entry.orig_filename!r} has {size:,} bytes, not {entry.file_size:,} as declared"


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Read a file to its end, piece by piece; how many bytes it has."""
    with archive.open(entry) as content:
        return sum(len(piece) for piece in iter(lambda: content.read(_PIECE), b""))


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    """As the archive says; its own question fails on an entry without a name."""
    return entry.filename.endswith("/")


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _shown(found: list[str]) -> list[str]:
    more = len(found) - _SHOWN_PROBLEMS
    return [*found[:_SHOWN_PROBLEMS], f"and {more} more"] if more > 0 else found
