"""How a moment is written: RFC 3339 for programs, a short form for people. Always in UTC."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Such as 2026-11-22T12:00:00.5Z, as exact as the moment is."""
    text = at.astimezone(UTC).isoformat().replace("+00:00", "")
    return (text.rstrip("0") if "." in text else text) + "Z"


def to_seconds(at: datetime) -> str:
    """RFC 3339 in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def human_readable(at: datetime) -> str:
    """Such as 2026-11-22 12:00:00 UTC, for sentences."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
