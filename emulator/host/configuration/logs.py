"""The log of a host: one readable line per event, on standard output, with no key in it.

Owns format, levels and redaction. Knows nothing of what is logged.
"""

import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from emulator.host.configuration.host_json import section

running_function: ContextVar[str | None] = ContextVar("running_function", default=None)
"""The function whose code runs here, so that what it logs bears its name."""

SECRET = re.compile(
    r"""((?:[?&](?:code|sig)=)|(?:x-functions-key['"]?\s*[:=]\s*['"]?))[^&\s'"]+""", re.IGNORECASE
)
LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
TALKATIVE = ("azure", "aiohttp.access", "asyncio", "urllib3", "msal")  # a line per request or poll


class ReadableFormatter(logging.Formatter):
    """`time level category message`, the traceback of an error on the lines below."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of one record, without secrets."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = f"{time[:23]}Z {record.levelname.lower():8} {_category(record)} "
        return redacted(text + self._message(record))

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        return message


def redacted(text: str) -> str:
    """The text with every key and signature in it replaced by stars."""
    return SECRET.sub(r"\1***", text)


def configure(document: Mapping[str, Any]) -> None:
    """Log to standard output at the levels that host.json's `logging.logLevel` asks for."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ReadableFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    wanted = section(document, "logging", "logLevel")
    for category, level in wanted.items() if isinstance(wanted, Mapping) else ():
        logger = root if category.lower() == "default" else logging.getLogger(category)
        logger.setLevel(LEVELS.get(str(level).lower(), logging.INFO))


def _category(record: logging.LogRecord) -> str:
    function = running_function.get()
    return f"Function.{function}.User" if function and record.name == "root" else record.name
