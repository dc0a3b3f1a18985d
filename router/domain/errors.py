"""The router's errors, and their form as problems (RFC 9457).

A detail says what was attempted, why it failed and what to do next. The adapters map the errors of
Azure and of the apps to these.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any


class RouterError(Exception):
    """An error that the router answers with a problem. `fields` are members of its body."""

    def __init__(self, status: int, code: str, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields: Mapping[str, Any] = fields
        self.about: str | None = None  # the line that the request was for, once known

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the same request may succeed."""
        seconds = self.fields.get("retryAfterSeconds")
        return int(seconds) if seconds is not None else None

    def as_problem(self) -> dict[str, Any]:
        """Return the application/problem+json body, whose `code` identifies the kind of problem."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.fields,
        }


class Refusal(RouterError):
    """The request is at fault (4xx). The same request will be refused again."""


class Unavailable(RouterError):
    """The request is valid but cannot be served now (429, 502, 503, 504). Retry later."""

    def __init__(
        self, code: str, detail: str, *, status: int = 503, retry_after: int = 5, **fields: Any
    ) -> None:
        super().__init__(status, code, detail, retryAfterSeconds=retry_after, **fields)


@contextmanager
def about(line: object) -> Iterator[None]:
    """Record on errors which line the request was for, or None while that is not known."""
    try:
        yield
    except RouterError as error:
        error.about = error.about or (str(line) if line else None)
        raise


class Changed(Exception):
    """The row was changed since it was read. Read it again and decide again."""


class Exists(Exception):
    """The row already exists."""


class PlatformFailed(Exception):
    """Azure refused permanently. The text names the action, its target and Azure's reason."""


class PlatformBusy(Exception):
    """Azure could not be reached or asked to be called again later.

    `retry_after`: seconds, where Azure named them; calling earlier prolongs the wait.
    """

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class QuotaExceeded(PlatformBusy):
    """A quota of Azure is used up. Capacity must be released first."""


class Unreadable(Exception):
    """A store could not be read completely, so nothing may be concluded from what is missing."""


def cause(error: Exception) -> str:
    """Return the first sentence of an error: what failed, without the advice to the caller."""
    return str(error).partition(". ")[0].rstrip(".")


TRANSIENT_ERRORS = (Unavailable, Unreadable, PlatformBusy, Changed)
"""Errors that a later attempt may not meet again."""
