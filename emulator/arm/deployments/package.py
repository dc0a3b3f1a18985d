"""Packages of function apps: downloaded from storage on loopback and unpacked safely."""

import asyncio
import ipaddress
import shutil
import stat
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import aiohttp

MAX_BYTES = 1 << 30
MAX_FILES = 20_000
_LOCAL = "local.settings.json"  # which local hosts read, and Azure's does not
_TIMEOUT = aiohttp.ClientTimeout(total=120)


class PackageError(Exception):
    """A package cannot be downloaded or unpacked. The text has the reason and no secret."""


async def install(uri: str, target: Path, build: Callable[[Path], Awaitable[None]]) -> None:
    """Download a zip, unpack and build it as `target`, which appears complete or not at all."""
    fresh = target.with_name(target.name + ".new")
    await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    archive = fresh.with_suffix(".zip")
    try:
        await _fetch(uri, archive)
        await asyncio.to_thread(unpack, archive, fresh)
        await build(fresh)
        fresh.replace(target)
    finally:
        archive.unlink(missing_ok=True)
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)


def unpack(archive: Path, target: Path) -> None:
    """Unpack a zip into a directory. Raises PackageError if it is unsafe or too large."""
    try:
        with zipfile.ZipFile(archive) as package:
            check(package.infolist())
            package.extractall(target)
            (target / _LOCAL).unlink(missing_ok=True)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise PackageError(f"the package is not a readable zip: {error}") from error


def check(entries: list[zipfile.ZipInfo]) -> None:
    """Raise PackageError for a zip that is unsafe or too large."""
    if len(entries) > MAX_FILES:
        raise PackageError(f"the package has {len(entries)} files; at most {MAX_FILES} are allowed")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise PackageError(f"the package unpacks to more than {MAX_BYTES} bytes")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        drive = ":" in entry.filename.partition("/")[0]
        if not entry.filename or path.is_absolute() or ".." in path.parts or drive:
            raise PackageError(f"the path {entry.filename!r} is outside the package")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise PackageError(f"{entry.filename!r} is a symbolic link")


async def _fetch(uri: str, archive: Path) -> None:
    _check_loopback(uri)
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(uri) as answer:
            if answer.status != 200:
                raise PackageError(f"the package URI returned {answer.status} {answer.reason}")
            await _save(answer.content, archive)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PackageError(f"the package URI did not answer: {type(error).__name__}") from error


async def _save(content: aiohttp.StreamReader, archive: Path) -> None:
    size = 0
    with archive.open("wb") as file:
        async for chunk in content.iter_chunked(1 << 20):
            size += len(chunk)
            if size > MAX_BYTES:
                raise PackageError(f"the package is larger than {MAX_BYTES} bytes")
            file.write(chunk)


def _check_loopback(uri: str) -> None:
    parts = urlsplit(uri)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme not in {"http", "https"} or not loopback:
        raise PackageError(f"the package URI must be on loopback, not on {host!r}")
