"""The router's errors: whose fault, what was attempted, what to do next.

Each knows its HTTP status and its stable code; `as_problem` is the body of RFC 9457.
Foreign exceptions are mapped to these once, in the adapters.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any


class RouterError(Exception):
    """Anything the router answers with a problem; `fields` are members of the problem's body."""

    def __init__(self, status: int, code: str, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields: Mapping[str, Any] = fields
        self.about: str | None = None  # the line that the request was for, once that is known

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the same request may well succeed."""
        seconds = self.fields.get("retryAfterSeconds")
        return int(seconds) if seconds is not None else None

    def as_problem(self) -> dict[str, Any]:
        """The application/problem+json body; `code` tells what RFC 9457 leaves to `type`."""
        title = HTTPStatus(self.status).phrase
        return {
            "type": "about:blank",
            "title": title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.fields,
        }


class Refusal(RouterError):
    """The caller's fault (4xx): sending the same again will be refused again."""


class Unavailable(RouterError):
    """Not the caller's fault and expected to pass (429, 502, 503, 504): retry later."""

    def __init__(
        self, code: str, detail: str, *, status: int = 503, retry_after: int = 5, **fields: Any
    ) -> None:
        super().__init__(status, code, detail, retryAfterSeconds=retry_after, **fields)


@contextmanager
def about(line: object) -> Iterator[None]:
    """Errors tell which line the request was for; None: it is not known."""
    try:
        yield
    except RouterError as error:
        error.about = error.about or (str(line) if line else None)
        raise


class Changed(Exception):
    """Somebody else changed the row since it was read: read it again and decide again."""


class Exists(Exception):
    """The row is already there."""


class PlatformFailed(Exception):
    """Azure refused for good. The text says what was attempted, on what, and Azure's reason."""


class PlatformBusy(Exception):
    """Azure could not be asked, or said to come back: try the same again later.

    `retry_after`: in seconds, where Azure said when; asking earlier only makes it longer.
    """

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class QuotaExceeded(PlatformBusy):
    """Azure has no room for one more: a quota is used up. Somebody must give way first."""


class Unreadable(Exception):
    """A store could not be read to its end. An unreadable world is not an empty one."""


def cause(error: Exception) -> str:
    """What went wrong, without what to do next, where somebody reads it who did not ask for it."""
    return str(error).partition(". ")[0].rstrip(".")


TRANSIENT_ERRORS = (Unavailable, Unreadable, PlatformBusy, Changed)
"""What may well be gone when the same is done again."""
