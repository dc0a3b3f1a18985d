"""What nobody thought of: logged by its kind and place, and gone on with later.

Never with its text, which may hold what a log must not. Knows nothing of what was being done.
"""

import logging
import traceback

_FRAMES = 4
_log = logging.getLogger("router.defects")


def log(what: str, defect: Exception) -> None:
    """Tell of a defect that was met in doing something, `what`."""
    where = "".join(traceback.format_tb(defect.__traceback__)[-_FRAMES:])
    _log.error("%s: %s\n%s", what, type(defect).__name__, where)
