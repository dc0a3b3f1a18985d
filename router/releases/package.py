"""Check that a release's package is a function app that is safe to unpack.

Every problem is found, not only the first. Nothing is written to disk, and each file is read in
small pieces, so a package that declares false sizes is rejected cheaply. A check takes time in
proportion to the unpacked size, which is too long for an event loop.
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
from router.releases import app_files, host_rules
from router.releases.host_json import is_strict, parse

_SHOWN_PROBLEMS = 100
_LENIENT = (
    "host.json has a byte order mark, comments or trailing commas, which the Durable SDK for "
    "Python cannot read. The line's copy of it is plain JSON."
)
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
    """The limits of a package once it is unpacked."""

    unpacked_bytes: int = 1 << 30
    files: int = 20_000


_LIMITS = PackageLimits()


def inspect(
    package: bytes, limits: PackageLimits = _LIMITS, script: str = app_files.SCRIPT
) -> None:
    """Raise Refusal 422 bad-package, with every problem, if the package cannot be deployed.

    `script`: the file that defines the app's functions.
    """
    found = problems(package, limits, script)
    if found:
        detail = (
            f"The package has {len(found)} problem{'s' if len(found) > 1 else ''}, the first: "
            f"{found[0]}. Nothing was stored. Fix the listed problems and rebuild the package."
        )
        raise Refusal(422, "bad-package", detail, problems=_shown(found))


def problems(
    package: bytes, limits: PackageLimits = _LIMITS, script: str = app_files.SCRIPT
) -> list[str]:
    """Return a description of every problem of the package."""
    try:
        archive = zipfile.ZipFile(BytesIO(package))
    except _BROKEN as error:
        return [f"it is not a readable zip archive: {error}"]
    with archive:
        entries = archive.infolist()
        found = [*_large(entries, limits), *_named(entries), *_required(archive, script)]
        if sum(entry.file_size for entry in entries) <= limits.unpacked_bytes:
            found += _damaged(archive)
    return list(dict.fromkeys(found))


def warnings(package: bytes, script: str = app_files.SCRIPT) -> list[str]:
    """Return what does not keep an inspected package from running, but may surprise its team."""
    with zipfile.ZipFile(BytesIO(package)) as archive:
        files = _files(archive)
        host_json = archive.read(files["host.json"])
        listed = files.get(app_files.REQUIREMENTS)
        requirements = archive.read(listed).decode(errors="replace") if listed else None
    bundle = host_rules.has_bundle(parse(host_json))
    found = [] if is_strict(host_json) else [_LENIENT]
    return [*found, *app_files.warnings(files, requirements, bundle=bundle, script=script)]


def _large(entries: list[zipfile.ZipInfo], limits: PackageLimits) -> Iterator[str]:
    files = sum(not _is_folder(entry) for entry in entries)
    if files > limits.files:
        yield f"it has {files:,} files, and at most {limits.files:,} are allowed"
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        yield f"it unpacks to {unpacked:,} bytes, and at most {limits.unpacked_bytes:,} are allowed"


def _named(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    for entry in entries:
        fault = _fault(entry)
        if fault:
            yield f"{entry.orig_filename!r} {fault}"
    files = Counter(normal_name(entry.filename) for entry in entries if not _is_folder(entry))
    yield from (f"{name!r} occurs {count} times" for name, count in files.items() if count > 1)


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
        return "has a path that leaves the package"
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    return _packed_wrongly(entry)


def _packed_wrongly(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"uses compression method {entry.compress_type}, and only deflate is supported"
    return None


def _required(archive: zipfile.ZipFile, script: str) -> Iterator[str]:
    names = _files(archive)
    yield from app_files.problems(names.keys(), script)
    if entry := names.get("host.json"):
        yield from _host_json(archive, entry)


def _files(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files by name, of which the first counts."""
    entries = reversed(archive.infolist())
    return {normal_name(entry.filename): entry for entry in entries if not _is_folder(entry)}


def _host_json(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[str]:
    if entry.file_size > _PIECE:
        yield f"host.json has {entry.file_size:,} bytes, and at most {_PIECE:,} are allowed"
        return
    if _packed_wrongly(entry):
        return
    try:
        text = archive.read(entry)
    except _BROKEN:
        return  # reported with the other damaged files
    try:
        document = parse(text)
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError) as error:
        yield f"host.json is not JSON: {error}"
        return
    yield from host_rules.problems(document)


def _damaged(archive: zipfile.ZipFile) -> Iterator[str]:
    """Find files whose name, size or content differs from the archive's directory."""
    for entry in archive.infolist():
        if _is_folder(entry) or _packed_wrongly(entry):
            continue
        try:
            size = _read(archive, entry)
        except _BROKEN as error:
            yield f"{entry.orig_filename!r} cannot be read: {error}"
            continue
        if size != entry.file_size:
            yield f"{entry.orig_filename!r} has {size:,} bytes, but declares {entry.file_size:,}"


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Read a file to its end, piece by piece, and return its size."""
    with archive.open(entry) as content:
        return sum(len(piece) for piece in iter(lambda: content.read(_PIECE), b""))


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    # ZipInfo.is_dir raises IndexError for an entry without a name.
    return entry.filename.endswith("/")


def normal_name(name: str) -> str:
    """Return the path of a file without the parts that mean nothing."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _shown(found: list[str]) -> list[str]:
    more = len(found) - _SHOWN_PROBLEMS
    return [*found[:_SHOWN_PROBLEMS], f"and {more} more"] if more > 0 else found
