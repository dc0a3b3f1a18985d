"""The content of a blob as a function gets it."""

import base64
from collections.abc import Mapping
from typing import Any


def is_binary(binding: Mapping[str, Any]) -> bool:
    """Return whether a binding asks for bytes. The default is text, as on Azure."""
    return str(binding.get("dataType", "")).lower() == "binary"


def text_of(content: bytes) -> str:
    """Return content as text: UTF-8 without its mark, with U+FFFD for what is none."""
    return content.decode("utf-8-sig", "replace")


def blob_input(binding: Mapping[str, Any], content: bytes) -> str | dict[str, str]:
    """Return content as an input of the worker."""
    if is_binary(binding):
        return {"base64": base64.b64encode(content).decode()}
    return text_of(content)
