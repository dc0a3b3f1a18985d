"""Instance ids and function names: their rules, the line in an id, and its form as a table key.

An id names one instance in all lines, because requests do not say the line. An id that the router
generates names its line. An id that a caller chose must not look like one that names another line.
"""

import re
from typing import Any

from router.domain.errors import Refusal, Unavailable
from router.domain.texts.carriers import SEGMENT_RULE, segment_problem
from router.domain.version import LineId

_MAX_LENGTH = 100
_GENERATED = re.compile(r"(0|[1-9][0-9]{0,8})-(0|[1-9][0-9]{0,8})-[0-9a-f]{32}")
_FUNCTION = re.compile(r"(?!\.+$)[\w.-]{1,127}")  # . and .. would be resolved as parts of a path
_ALLOWED = (
    f"An instance id has 1 to {_MAX_LENGTH} characters, {SEGMENT_RULE}. It does not start with @ "
    "(reserved for entities)."
)
_ESCAPES = {"/": "^0", "\\": "^1", "#": "^2", "?": "^3", "^": "^^"}
_ESCAPE = str.maketrans(_ESCAPES)
_UNESCAPE = {escape: character for character, escape in _ESCAPES.items()}


def make(line: LineId, unique: str) -> str:
    """Return an id for an instance of this line, where `unique` is 32 hexadecimal digits."""
    return f"{line.dashed}-{unique}"


def owner_of(instance_id: str) -> LineId | None:
    """Return the line that a generated id names, or None for any other id."""
    found = _GENERATED.fullmatch(instance_id)
    return LineId(int(found[1]), int(found[2])) if found else None


def check(instance_id: str, line: LineId | None = None) -> str:
    """Return the id, or raise Refusal 400 bad-instance-id.

    `line`: the line that an instance is to be started on.
    """
    if problem := _problem(instance_id, line):
        raise Refusal(400, "bad-instance-id", f"The instance id {problem}. {_ALLOWED}")
    return instance_id


def already_exists(instance_id: str) -> Refusal:
    """Return the refusal of a start whose id already names an instance of the same line."""
    if owner_of(instance_id) is not None:
        detail = "was already started. Query its status instead."
    else:
        detail = "exists and has not ended. Use another id, or wait until it ends."
    return Refusal(409, "instance-exists", f"An instance {instance_id!r} {detail}")


def still_parked(instance_id: str, line: LineId | None) -> Unavailable:
    """Return the 503 for an instance that is on its way to its line."""
    detail = f"Instance {instance_id!r} is on its way to its line. Retry shortly."
    fields: dict[str, Any] = {"line": str(line)} if line else {}
    return Unavailable("instance-parked", detail, **fields)


def check_function(name: str) -> str:
    """Return the name, or raise Refusal 400 bad-function.

    Names of functions begin with a letter, but an orchestrator may be given any name of its own.
    """
    if _FUNCTION.fullmatch(name):
        return name
    rule = "A name has at most 127 letters, digits, _, - and ., and not only dots."
    raise Refusal(400, "bad-function", f"{name[:127]!r} is no name of a function. {rule}")


def escape(instance_id: str) -> str:
    """Return the id as a table key, in the notation of Durable's Azure Storage engine."""
    return instance_id.translate(_ESCAPE)


def unescape(key: str) -> str:
    """Return the id that a table key stands for. Anything but an escape is kept."""
    return re.sub(r"\^[0123^]", lambda found: _UNESCAPE[found[0]], key)


def _problem(instance_id: str, line: LineId | None) -> str | None:
    if len(instance_id) > _MAX_LENGTH:
        return f"has {len(instance_id)} characters"
    if instance_id.startswith("@"):
        return "starts with @"
    if problem := segment_problem(instance_id):
        return problem
    owner = owner_of(instance_id)
    if line is not None and owner is not None and owner != line:
        return f"has the form of an id generated for line {owner}, not {line}"
    return None
