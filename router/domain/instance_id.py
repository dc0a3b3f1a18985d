"""Instance ids and function names: which are allowed, which line an id carries, how tables hold it.

All lines share one tracking store and therefore one id space. An id that the router makes says
which line it belongs to; one that a caller gives must not pretend to. Knows nothing of claims.
"""

import re

from router.domain.errors import Refusal
from router.domain.version import LineId

_LONGEST = 100
_OURS = re.compile(r"(0|[1-9][0-9]{0,8})-(0|[1-9][0-9]{0,8})-[0-9a-f]{32}")
_FORBIDDEN = re.compile(r"[/\\?#\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FUNCTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,126}")
_ALLOWED = (
    f"An instance id has 1 to {_LONGEST} characters, none of / \\ ? # or a control character, "
    "and does not start with @ (those are entities)."
)
_ESCAPES = {"/": "^0", "\\": "^1", "#": "^2", "?": "^3", "^": "^^"}
_ESCAPE = str.maketrans(_ESCAPES)
_UNESCAPE = {escape: character for character, escape in _ESCAPES.items()}


def make(line: LineId, unique: str) -> str:
    """The id of an instance of this line; `unique` is 32 hexadecimal digits."""
    return f"{line.dashed}-{unique}"


def owner_of(instance_id: str) -> LineId | None:
    """The line that an id of the router's own making carries; None for any other id."""
    found = _OURS.fullmatch(instance_id)
    return LineId(int(found[1]), int(found[2])) if found else None


def check(instance_id: str, line: LineId | None = None) -> str:
    """The id itself, or Refusal 400 bad-instance-id. `line`: where an instance is to be started."""
    fault = _fault(instance_id, line)
    if fault:
        raise Refusal(400, "bad-instance-id", f"The instance id {fault}. {_ALLOWED}")
    return instance_id


def already_exists(instance_id: str) -> Refusal:
    """Return the refusal of a start whose id already names an instance of the same line."""
    detail = f"An instance {instance_id!r} exists and has not ended. Use another id, or wait."
    if owner_of(instance_id) is not None:
        detail = f"An instance {instance_id!r} was already started. Query its status instead."
    return Refusal(409, "instance-exists", detail)


def check_function(name: str) -> str:
    """The name itself, or Refusal 400 bad-function."""
    if _FUNCTION.fullmatch(name):
        return name
    detail = "A function name is a letter, then letters, digits, _ and -, 127 at the most."
    raise Refusal(400, "bad-function", f"{name[:127]!r} names no function. {detail}")


def escape(instance_id: str) -> str:
    """The id as a table key, in the engine's own notation."""
    return instance_id.translate(_ESCAPE)


def unescape(key: str) -> str:
    """The id that a table key stands for; what is no escape stays as it is."""
    return re.sub(r"\^[0123^]", lambda found: _UNESCAPE[found[0]], key)


def _fault(instance_id: str, line: LineId | None) -> str | None:
    if not instance_id:
        return "is empty"
    if len(instance_id) > _LONGEST:
        return f"has {len(instance_id)} characters"
    if instance_id.startswith("@"):
        return "starts with @"
    if found := _FORBIDDEN.search(instance_id):
        return f"contains {found[0]!r}"
    owner = owner_of(instance_id)
    if line is not None and owner is not None and owner != line:
        return f"has the form of an id that the router made for line {owner}, not {line}"
    return None
