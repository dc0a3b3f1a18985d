"""Parsers of settings.

A parser raises ValueError that says what the value must be, without the value, which may be secret.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from router.domain.reserved_settings import reserved

Parse = Callable[[str], Any]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def text(pattern: str, expected: str) -> Parse:
    """Return a parser of text that matches a pattern, which `expected` describes."""

    def parse(given: str) -> str:
        if re.fullmatch(pattern, given) is None:
            raise ValueError(f"must be {expected}")
        return given

    return parse


def integer(least: int, most: int) -> Parse:
    """Return a parser of integers."""

    def parse(given: str) -> int:
        if not re.fullmatch(r"\d{1,12}", given) or not least <= int(given) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(given)

    return parse


def one_of(*numbers: int) -> Parse:
    """Return a parser of one of several numbers."""
    shown = ", ".join(map(str, numbers))

    def parse(given: str) -> int:
        if given not in map(str, numbers):
            raise ValueError(f"must be one of {shown}")
        return int(given)

    return parse


def member(kind: type[StrEnum]) -> Parse:
    """Return a parser of an enum's values."""
    shown = ", ".join(kind)

    def parse(given: str) -> StrEnum:
        if given not in set(kind):
            raise ValueError(f"must be one of {shown}")
        return kind(given)

    return parse


def seconds(least: float, most: float) -> Parse:
    """Return a parser of seconds, with up to six decimals."""

    def parse(given: str) -> float:
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", given) or not least <= float(given) <= most:
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}")
        return float(given)

    return parse


def boolean(given: str) -> bool:
    """Parse true or false."""
    if given.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return given.lower() == "true"


def secrets(given: str) -> tuple[str, ...]:
    """Parse secrets separated by commas, and keep their order."""
    found = tuple(part.strip() for part in given.split(","))
    if any(len(secret) < 16 for secret in found):
        raise ValueError("must be secrets of at least 16 characters each, separated by commas")
    return found


def url(given: str) -> str:
    """Parse a URL that a token may be sent to, and remove a trailing slash."""
    parts = urlsplit(given)
    is_loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (is_loopback or (parts.scheme == "https" and parts.hostname)):
        raise ValueError("must be an https URL (http is for loopback only)")
    return given.rstrip("/")


def optional_url(given: str) -> str:
    """Parse the URL of a gateway, whose path is kept, and remove a trailing slash."""
    parts = urlsplit(given)
    if parts.query or parts.fragment or not given.isascii():
        raise ValueError("must be a URL without query, in ASCII")
    return url(given)


def settings_object(given: str) -> Mapping[str, str]:
    """Parse app settings from a JSON object of strings."""
    try:
        found = json.loads(given)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("must be a JSON object whose values are strings")
    if names := reserved(found):
        raise ValueError(f"must not contain {', '.join(names)}, which the router sets itself")
    return found
