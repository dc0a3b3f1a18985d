"""host.json, overridden by `AzureFunctionsJobHost__a__b` app settings."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.host.errors import PackageFailed

FILE = "host.json"
OVERRIDE = "azurefunctionsjobhost"
SECTIONS = ("extensions", "durableTask", "storageProvider", "http", "logging", "logLevel")
"""The spelling of section names that an override adds to the document."""
SPELLING = {name.lower(): name for name in SECTIONS}


def load(package: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    """Return the merged document, in which values from settings are strings.

    A package without the file gets the default one. Raises PackageFailed for a file that is not
    a JSON object of version 2.0.
    """
    document = _read(package / FILE)
    for name, value in settings.items():
        path = name.replace(":", "__").split("__")
        if path[0].lower() == OVERRIDE and len(path) > 1 and all(path):
            _put(document, path[1:], value)
    return document


def section(document: Mapping[str, Any], *path: str) -> Any:
    """Return the value at a path of names, ignoring case, or None if there is none."""
    found: Any = document
    for name in path:
        if not isinstance(found, Mapping):
            return None
        key = _key(found, name)
        found = None if key is None else found[key]
    return found


def log_levels(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the log levels by category."""
    wanted = section(document, "logging", "logLevel")
    return {str(k): str(v) for k, v in wanted.items()} if isinstance(wanted, Mapping) else {}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {"version": "2.0"}
    document = _parsed(path.read_text(encoding="utf-8-sig"))
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise PackageFailed(f'{FILE} lacks the required "version": "2.0"')
    return document


def _parsed(text: str) -> Any:
    """Return the document, which may have comments and trailing commas, as for the real host."""
    try:
        return json.loads(text)
    except ValueError as error:
        lenient = importlib.import_module("json5")  # seldom needed, and slow to import
        try:
            return lenient.loads(text)
        except ValueError:
            raise PackageFailed(f"{FILE} is not valid JSON: {error}") from error


def _put(document: dict[str, Any], path: list[str], value: str) -> None:
    for name in path[:-1]:
        key = _key(document, name) or SPELLING.get(name.lower(), name)
        if not isinstance(document.get(key), dict):
            document[key] = {}
        document = document[key]
    document[_key(document, path[-1]) or path[-1]] = value


def _key(document: Mapping[str, Any], name: str) -> str | None:
    if name in document:
        return name
    return next((key for key in document if key.lower() == name.lower()), None)
