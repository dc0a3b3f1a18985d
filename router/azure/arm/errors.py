"""Map Azure Resource Manager's errors: transient, quota exceeded, or permanent.

The text of each says what was attempted, on which resource, and Azure's own reason.
"""

import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from router.azure.error_text import code_of, describe
from router.domain.errors import PlatformBusy, PlatformFailed, QuotaExceeded

_TRANSIENT_STATUSES = frozenset({408, 429})
_FRESH = frozenset({400, 401, 403, 404})
_NAME_TAKEN = "already exists"
_HOST_NOT_READY = "from host runtime"
_NOT_FOUND = frozenset({"ResourceNotFound", "NotFound", None})

# Quota errors have several codes and statuses (400, 401, 403, 409) and share only the wording.
_QUOTA = re.compile(r"quota|maximum number of .+ allowed|exceeded the limit of", re.IGNORECASE)


@contextmanager
def map_errors(attempt: str, *, fresh: bool = False) -> Iterator[None]:
    """Raise Azure's errors as PlatformBusy, QuotaExceeded or PlatformFailed.

    `fresh`: the request is for parts of an app that may be so new that roles, names and its host
    have not arrived everywhere. Any refusal of such a request may pass.
    """
    try:
        yield
    except AzureError as error:
        text = f"Could not {attempt}: {describe(error)}."
        if _is_quota_error(error):
            raise QuotaExceeded(text) from error
        if is_transient(error) or (fresh and _status(error) in _FRESH):
            raise PlatformBusy(text, _retry_after(error)) from error
        raise PlatformFailed(text) from error


async def none_if_missing[Answer](call: Awaitable[Answer]) -> Answer | None:
    """Return the call's result, or None if the resource (not its group) does not exist."""
    try:
        return await call
    except ResourceNotFoundError as error:
        if code_of(error) not in _NOT_FOUND:
            raise
        return None


def _retry_after(error: AzureError) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    seconds = headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def _status(error: AzureError) -> int:
    return getattr(error, "status_code", None) or 0


def _is_quota_error(error: AzureError) -> bool:
    status = _status(error)
    return 400 <= status < 500 and status != 429 and bool(_QUOTA.search(describe(error)))


def is_transient(error: AzureError) -> bool:
    """Return True if the same request may succeed later."""
    if isinstance(error, ClientAuthenticationError):
        return error.status_code is None  # the identity endpoint did not respond
    if not isinstance(error, HttpResponseError) or error.status_code is None:
        return True  # Azure was not reached
    status, text = error.status_code, describe(error)
    if status == 409:  # usually another operation in progress
        return _NAME_TAKEN not in text
    return status in _TRANSIENT_STATUSES or status >= 500 or _HOST_NOT_READY in text
