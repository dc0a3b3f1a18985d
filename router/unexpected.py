"""Log unexpected errors without their message, which may hold what a log must not."""

import logging
import traceback

_FRAMES = 4
_log = logging.getLogger("router.unexpected")


def log(what: str, error: Exception) -> None:
    """Log the kind of an error and where it was raised, while `what` was being done."""
    where = "".join(traceback.format_tb(error.__traceback__)[-_FRAMES:])
    _log.error("%s: %s\n%s", what, type(error).__name__, where)
