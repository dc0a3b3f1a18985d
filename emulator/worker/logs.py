"""The log of a host and its worker: one readable line per event, with keys redacted."""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

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


TRUE = frozenset({"1", "true", "t", "yes", "y"})


def no_function() -> None:
    """Return the running function of a process that runs none."""


class ReadableFormatter(logging.Formatter):
    """Formats records as `time level category message`, followed by an error's traceback.

    Lines that a function logs have its name, which `running_function` returns.
    """

    def __init__(self, running_function: Callable[[], str | None] = no_function) -> None:
        super().__init__()
        self._running_function = running_function

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record without secrets."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = f"{time[:23]}Z {record.levelname.lower():8} {self._category(record)} "
        return redacted(text + self._message(record))

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        return message

    def _category(self, record: logging.LogRecord) -> str:
        function = self._running_function() if record.name == "root" else None
        return f"Function.{function}.User" if function else record.name


def redacted(text: str) -> str:
    """Return the text with every key and signature replaced by asterisks."""
    return SECRET.sub(r"\1***", text)


def configure(
    levels: Mapping[str, str], running_function: Callable[[], str | None] = no_function
) -> None:
    """Log to standard output at the levels of host.json's `logging.logLevel`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ReadableFormatter(running_function))
    root = logging.getLogger()
    root.handlers = [handler]
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in TRUE
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name in VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for category, level in levels.items():
        logger = root if category.lower() == "default" else logging.getLogger(category)
        logger.setLevel(LEVELS.get(level.lower(), logging.INFO))
