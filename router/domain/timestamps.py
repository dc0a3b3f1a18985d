"""Formats of timestamps, always in UTC: RFC 3339, and a short form for sentences."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Return a timestamp such as 2026-11-22T12:00:00.5Z, with all digits of the seconds."""
    text = at.astimezone(UTC).isoformat().replace("+00:00", "")
    return (text.rstrip("0") if "." in text else text) + "Z"


def rfc3339_seconds(at: datetime) -> str:
    """Return a timestamp such as 2026-11-22T12:00:00Z, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def human_readable(at: datetime) -> str:
    """Return a timestamp such as 2026-11-22 12:00:00 UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
