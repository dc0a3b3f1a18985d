"""The body of a request as text and as JSON, read like in .NET."""

import codecs
from typing import Any

from emulator.durable.dotnet import json_text
from emulator.durable.dotnet.json_reader import BadJsonError
from emulator.host.kestrel.request import Request

ERROR_TYPE = "Newtonsoft.Json.JsonReaderException"
_EMPTY = "Error reading JToken from JsonReader. Path '', line 0, position 0."


class UnknownCharsetError(Exception):
    """The content type names a character set that does not exist."""

    def __init__(self) -> None:
        super().__init__(
            "The character set provided in ContentType is invalid. Cannot read content as string "
            "using an invalid character set."
        )


async def text_of(request: Request) -> str:
    """Return the body without a byte order mark, and with U+FFFD for bytes that are not text.

    Raises UnknownCharsetError.
    """
    try:
        charset = codecs.lookup(request.charset or "utf-8").name
    except LookupError as error:
        raise UnknownCharsetError from error
    body = await request.read()
    return body.decode("utf-8-sig" if charset == "utf-8" else charset, "replace")


def parse(text: str) -> Any:
    """Return the value of a body that must have one. Raises BadJsonError."""
    if not text.strip():
        raise BadJsonError(_EMPTY)
    return json_text.parse(text)
