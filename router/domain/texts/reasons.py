"""Reasons for changing an instance: texts that Durable takes in a query and stores as they are."""

import re
from urllib.parse import quote

from router.domain.errors import Refusal
from router.domain.texts.carriers import lost_in

MAX_ENCODED = 4096  # of the 8 KiB of a request line
# Durable reads a reason as JSON where it can, and a comment in front then breaks the instance's
# status and every list with it. An address may be taken for that of a blob.
_MISREAD = re.compile(r"[^\w]*(//|/\*)|\s*[A-Za-z][A-Za-z0-9+.-]*://")


def checked_reason(text: str | None) -> str | None:
    """Return the reason in a form that can be stored and shown, or None for an empty one.

    Raises Refusal 400 bad-reason or reason-too-long.
    """
    if not text:
        return None
    if problem := lost_in(text):
        detail = f"The reason {problem}. Send text in UTF-8."
        raise Refusal(400, "bad-reason", detail)
    length = len(quote(text, safe=""))
    if length > MAX_ENCODED:
        detail = (
            f"The reason has {length:,} characters once it is encoded for a URL; at most "
            f"{MAX_ENCODED:,} are accepted. Shorten it."
        )
        raise Refusal(400, "reason-too-long", detail)
    return f"Reason: {text}" if _MISREAD.match(text) else text
