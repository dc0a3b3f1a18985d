"""The kinds of settings: how each is written, and what is wrong with a value that is not one.

A kind turns text into a value or raises ValueError saying what the value must be, without showing
it (it may be a secret). Knows no setting by name.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

Parse = Callable[[str], Any]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def text(pattern: str, wanted: str) -> Parse:
    """Text that fits a pattern; `wanted` says in words what that is."""

    def parse(given: str) -> str:
        if re.fullmatch(pattern, given) is None:
            raise ValueError(f"must be {wanted}")
        return given

    return parse


def whole(least: int, most: int) -> Parse:
    """A whole number."""

    def parse(given: str) -> int:
        if not re.fullmatch(r"\d{1,12}", given) or not least <= int(given) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(given)

    return parse


def seconds(least: float, most: float) -> Parse:
    """A number of seconds, fractions allowed."""

    def parse(given: str) -> float:
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", given) or not least <= float(given) <= most:
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}")
        return float(given)

    return parse


def switch(given: str) -> bool:
    """true or false."""
    if given.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return given.lower() == "true"


def secrets(given: str) -> tuple[str, ...]:
    """Secrets in order, separated by commas."""
    found = tuple(part.strip() for part in given.split(","))
    if any(len(secret) < 16 for secret in found):
        raise ValueError("must be secrets of at least 16 characters each, separated by commas")
    return found


def address(given: str) -> str:
    """A URL over which a token may travel, without a slash at its end."""
    url = urlsplit(given)
    plain = url.scheme == "http" and url.hostname in _LOOPBACK
    if not (plain or (url.scheme == "https" and url.hostname)):
        raise ValueError("must be an https URL (http is for loopback only)")
    return given.rstrip("/")


def settings_object(given: str) -> Mapping[str, str]:
    """App settings, written as a JSON object of strings."""
    try:
        found = json.loads(given)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("must be a JSON object whose values are strings")
    return found
