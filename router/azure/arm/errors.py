"""What Azure Resource Manager's errors mean to the router: try again, wait for room, or give up.

Owns which is which. The text of either says what was attempted, on what, and Azure's own reason.
"""

import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from router.azure.error_text import code_of, reason
from router.domain.errors import PlatformBusy, PlatformFailed, QuotaExceeded

_PASSING = frozenset({408, 429})
_NAME_TAKEN = "already exists"
_NO_HOST_YET = "from host runtime"
_GONE = frozenset({"ResourceNotFound", "NotFound", None})

# Quotas come under several codes and statuses (401, 403, 409, 400); the words are what they share.
_FULL = re.compile(r"quota|maximum number of .+ allowed|exceeded the limit of", re.IGNORECASE)

Answer = TypeVar("Answer")


@contextmanager
def told(attempt: str) -> Iterator[None]:
    """Azure's errors as PlatformBusy, PlatformFull or PlatformFailed."""
    try:
        yield
    except AzureError as error:
        text = f"Could not {attempt}: {reason(error)}."
        if _is_full(error):
            raise QuotaExceeded(text) from error
        if passes(error):
            raise PlatformBusy(text, _retry_after(error)) from error
        raise PlatformFailed(text) from error


async def unless_gone(question: Awaitable[Answer]) -> Answer | None:
    """The answer, or None when Azure says that the resource (not its group) is not there."""
    try:
        return await question
    except ResourceNotFoundError as error:
        if code_of(error) not in _GONE:
            raise
        return None


def _retry_after(error: AzureError) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    seconds = headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def _is_full(error: AzureError) -> bool:
    status = getattr(error, "status_code", None) or 0
    return 400 <= status < 500 and status != 429 and bool(_FULL.search(reason(error)))


def passes(error: AzureError) -> bool:
    """Whether asking the same again later may well succeed."""
    if isinstance(error, ClientAuthenticationError):
        return error.status_code is None  # the identity's endpoint did not answer
    if not isinstance(error, HttpResponseError) or error.status_code is None:
        return True  # Azure was not reached
    status, said = error.status_code, reason(error)
    if status == 409:  # as a rule an operation that is under way
        return _NAME_TAKEN not in said
    return status in _PASSING or status >= 500 or _NO_HOST_YET in said
