"""Describe Azure's errors in one line: code and message, without keys, addresses or bodies.

Azure returns errors in four different shapes.
"""

from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

from router.apps.redaction import redact

_LONGEST = 400


def code_of(error: AzureError) -> str | None:
    """Return Azure's error code, such as TableNotFound or Conflict."""
    return _code_and_message(error)[0]


def already_exists(error: AzureError) -> bool:
    """Return True if a resource is there. One that is being deleted gets the same status, 409."""
    return (code_of(error) or "").endswith("AlreadyExists")


def is_being_deleted(error: AzureError) -> bool:
    """Return True if Azure is still deleting the item, which takes half a minute or more."""
    return (code_of(error) or "").endswith("BeingDeleted")


def describe(error: AzureError) -> str:
    """Return `code: message`, or the kind of failure when Azure gave no details."""
    code, message = _code_and_message(error)
    if code is None and not isinstance(error, HttpResponseError):
        return "it could not be reached"
    text = ": ".join(part for part in (code, message) if part)
    status = getattr(error, "status_code", None)
    return text or (f"HTTP {status}" if status else "the response was incomplete")


def _code_and_message(error: AzureError) -> tuple[str | None, str | None]:
    details = getattr(error, "error", None)  # ARM: {"error": {"code", "message"}}
    if details is not None and getattr(details, "code", None):
        return str(details.code), _first_line(details.message)
    body = _body(error)  # App Service: {"Code", "Message", "Details": […]}
    if body.get("Code"):
        return str(_extended_code(body) or body["Code"]), _first_line(body.get("Message"))
    if table := body.get("odata.error"):  # some table responses
        return str(table["code"]), None
    header = getattr(error, "error_code", None)  # storage: a response header
    if header:
        return str(getattr(header, "value", header)), None
    return None, None


def _body(error: AzureError) -> Mapping[str, Any]:
    response = getattr(error, "response", None)
    try:
        body = response.json() if response is not None else None
    except ValueError:
        body = None
    return body if isinstance(body, Mapping) else {}


def _extended_code(body: Mapping[str, Any]) -> str | None:
    """Return the five digits that distinguish App Service's errors with the same code."""
    entities = (each.get("ErrorEntity") or {} for each in body.get("Details") or ())
    return next((each["ExtendedCode"] for each in entities if each.get("ExtendedCode")), None)


def _first_line(message: object) -> str | None:
    if not message:
        return None
    line = str(message).strip().splitlines()[0].rstrip(".")
    return redact(line, longest=_LONGEST)
