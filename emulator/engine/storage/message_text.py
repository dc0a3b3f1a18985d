"""The text of a queue message: as it is, or in Base64, and what storage refuses of it.

A message is XML, which has no U+FFFE and no U+FFFF: storage refuses a plain text with one of them.
Lone surrogates, which UTF-8 does not have, become U+FFFD.
"""

import base64

from emulator.engine.model.hub_settings import MessageEncoding
from emulator.engine.storage.rest_client import StorageError


class MessageRefusedError(StorageError):
    """Storage refuses the text of a message, however often it is sent."""

    def __init__(self) -> None:
        super().__init__(400, "a message with U+FFFE or U+FFFF is no XML")


_NOT_IN_XML = frozenset("\ufffe\uffff")


def written(text: str, encoding: MessageEncoding) -> str:
    """Return the text as it goes to the queue. Raises MessageRefusedError."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if encoding is MessageEncoding.BASE64:
        return base64.b64encode(text.encode()).decode()
    if not _NOT_IN_XML.isdisjoint(text):
        raise MessageRefusedError
    return text


def read(text: str) -> str:
    """Return the text of a message, in whichever encoding another version of the app wrote it."""
    if text.startswith("{"):
        return text
    return base64.b64decode(text, validate=True).decode()
