"""The log of a host: one readable line per event on standard output, with keys redacted."""

import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from emulator.host.configuration.host_json import section

running_function: ContextVar[str | None] = ContextVar("running_function", default=None)
"""The function whose code is running, so that its log lines have its name."""

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
VERBOSE = ("azure", "aiohttp.access", "asyncio", "urllib3", "msal")  # a line per request or poll


class ReadableFormatter(logging.Formatter):
    """Formats records as `time level category message`, followed by an error's traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record without secrets."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = f"{time[:23]}Z {record.levelname.lower():8} {_category(record)} "
        return redacted(text + self._message(record))

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        return message


def redacted(text: str) -> str:
    """Return the text with every key and signature replaced by asterisks."""
    return SECRET.sub(r"\1***", text)


def configure(document: Mapping[str, Any]) -> None:
    """Log to standard output at the levels of host.json's `logging.logLevel`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ReadableFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)
    wanted = section(document, "logging", "logLevel")
    for category, level in wanted.items() if isinstance(wanted, Mapping) else ():
        logger = root if category.lower() == "default" else logging.getLogger(category)
        logger.setLevel(LEVELS.get(str(level).lower(), logging.INFO))


def _category(record: logging.LogRecord) -> str:
    function = running_function.get()
    return f"Function.{function}.User" if function and record.name == "root" else record.name
