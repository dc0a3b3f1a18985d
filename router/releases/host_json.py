"""Read a package's host.json as the Functions host reads it, and set a line's own options in it.

Section and option names are the same in any case. The host accepts comments, trailing commas and
a byte order mark, which the Durable SDK for Python does not: with them, the app has no functions.
"""

import json
from collections.abc import Mapping
from typing import Any

import json5

from router.apps.redaction import redact
from router.domain.errors import Refusal

_LARGEST_LENIENT = 1 << 16  # characters; lenient parsing takes seconds for more
_PROVIDER = "azurestorage"
_SHOWN = 200  # characters of an overridden value


def parse(text: bytes) -> dict[str, Any]:
    """Return the document. Raises ValueError or RecursionError if it cannot be read."""
    decoded = text.decode("utf-8-sig")
    try:
        document = json.loads(decoded)
    except json.JSONDecodeError:
        if len(decoded) > _LARGEST_LENIENT:
            raise
        document = json5.loads(decoded)
    if not isinstance(document, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - as every other problem
    return document or {"version": "2.0"}  # as the host completes an empty file


def is_strict(text: bytes) -> bool:
    """Return False for a host.json that the host can read and the Durable SDK cannot."""
    try:
        json.loads(text.decode())
    except (ValueError, RecursionError):
        return False
    return True


def with_options(
    document: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the document with these options, and a warning for each other value in it."""
    warnings: list[str] = []
    changed = _merged(document, options, "", warnings)
    return changed, warnings


def require_azure_storage(document: Mapping[str, Any]) -> None:
    """Raise Refusal 400 unsupported-provider if the package asks for another storage provider."""
    provider: Any = document
    for name in ("extensions", "durableTask", "storageProvider", "type"):
        provider = member(provider, name) if isinstance(provider, Mapping) else None
    if provider is None or str(provider).lower() == _PROVIDER:
        return
    detail = (
        f"host.json sets extensions.durableTask.storageProvider.type to {str(provider)[:50]!r}. "
        "The router runs lines on Azure Storage only: remove the type and that provider's "
        "options. Nothing was stored."
    )
    raise Refusal(400, "unsupported-provider", detail, provider=str(provider)[:50])


def _merged(
    document: Mapping[str, Any], options: Mapping[str, Any], path: str, warnings: list[str]
) -> dict[str, Any]:
    names = {name.lower() for name in options}
    merged = {name: value for name, value in document.items() if name.lower() not in names}
    for name, value in options.items():
        found, where = member(document, name), f"{path}{name}"
        if isinstance(value, Mapping):
            section = found if isinstance(found, Mapping) else {}
            merged[name] = _merged(section, value, f"{where}.", warnings)
            continue
        merged[name] = value
        if found is not None and found != value:
            shown = redact(json.dumps(found, ensure_ascii=False), longest=_SHOWN)
            warnings.append(f"host.json: {where} {shown} is replaced by {json.dumps(value)}.")
    return merged


def member(document: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name in any case, of which the last counts."""
    found = [value for key, value in document.items() if key.lower() == name.lower()]
    return found[-1] if found else None
