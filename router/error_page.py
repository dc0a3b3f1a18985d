"""Renders docs/errors.md: python -m router.error_page > docs/errors.md."""

import argparse
import sys

from router.domain.error_codes import ERROR_CODES, ErrorCode

_HEAD = """\
# Errors

The router answers an error with `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail` and `code`.
`code` is stable and distinguishes errors for programs; `detail` says what was attempted, on what, and what to do next.
`type` is always `about:blank`, and `title` is the name of the status.
Some errors have further members: `knownVersions`, `problems`, `limit`, `line`, `lines`, `retryAfterSeconds`.
No answer contains a key, a stack trace or the name of a host behind the router.

The platform answers some requests before the router sees them, always with an empty body: 401 when the key is missing or wrong, 404 when no route matches the path (in which it has resolved `.` and `..`) and method, 414 when the request line is longer than 8 KiB, 431 when the headers are longer than 32 KiB, 400 when the request is malformed, and 500 when its body is longer than 100 MiB.

Errors marked *retry* are temporary: `Retry-After` says when to send the same request again.
The others persist until something changes.

This page is generated from `router/domain/error_codes.py` by `python -m router.error_page`.

| status | code | retry | meaning | what to do |
| --- | --- | --- | --- | --- |
"""  # noqa: E501 - Markdown has one sentence per line


def error_page() -> str:
    """Return the page in Markdown."""
    return _HEAD + "".join(map(_row, ERROR_CODES))


def _row(error: ErrorCode) -> str:
    statuses = ", ".join(map(str, error.statuses))
    retry = "retry" if error.is_temporary else ""
    return f"| {statuses} | `{error.code}` | {retry} | {error.meaning} | {error.advice} |\n"


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m router.error_page", description=__doc__).parse_args()
    sys.stdout.write(error_page())
