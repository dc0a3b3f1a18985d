"""The characters that do not arrive whole wherever a caller's text goes.

A text travels in URLs, in JSON, in queue messages (XML) and in table keys. Half of a surrogate pair
becomes another character on the way, and XML cannot hold U+FFFE and U+FFFF. Durable decodes the
segments of a path up to three times, and the server resolves `.` and `..` before any route.
"""

import re

_LOST = re.compile("[\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_SEGMENT = re.compile("[/\\\\?#%+\x00-\x1f\x7f-\x9f\u2028\u2029]")
SEGMENT_RULE = (
    "none of / \\ ? # % + or a control character, is not . or .., and has no blank at either end"
)


def lost_in(text: str) -> str | None:
    """Return the problem of a text that some carrier cannot hold, or None."""
    found = _LOST.search(text)
    return f"contains U+{ord(found[0]):04X}, which cannot be stored" if found else None


def segment_problem(text: str) -> str | None:
    """Return the problem of a text that would not arrive whole as a segment of a path, or None."""
    if not text:
        return "is empty"
    if lost := lost_in(text):
        return lost
    if found := _NOT_IN_A_SEGMENT.search(text):
        return f"contains {found[0]!r}"
    if text in (".", ".."):
        return f"is {text}, which a server takes for a folder"
    if text != text.strip():
        return "begins or ends with a blank"
    return None
