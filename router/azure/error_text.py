"""Why Azure said no, in one line: its own code and message, without keys, addresses or bodies.

Knows the four shapes in which Azure tells errors; not what was attempted.
"""

from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

from router.apps.redaction import fit

_LONGEST = 400


def code_of(error: AzureError) -> str | None:
    """Azure's own code, such as TableNotFound or Conflict."""
    return _code_and_message(error)[0]


def reason(error: AzureError) -> str:
    """`code: message`, or what kind of error it was when Azure said nothing."""
    code, message = _code_and_message(error)
    if code is None and not isinstance(error, HttpResponseError):
        return "it could not be reached"
    said = ": ".join(part for part in (code, message) if part)
    status = getattr(error, "status_code", None)
    return said or (f"HTTP {status}" if status else "its answer was cut off")


def _code_and_message(error: AzureError) -> tuple[str | None, str | None]:
    told = getattr(error, "error", None)  # ARM: {"error": {"code", "message"}}
    if told is not None and getattr(told, "code", None):
        return str(told.code), _first_line(told.message)
    body = _body(error)  # App Service: {"Code", "Message", "Details": […]}
    if body.get("Code"):
        return str(_extended_code(body) or body["Code"]), _first_line(body.get("Message"))
    if table := body.get("odata.error"):  # some answers of a table
        return str(table["code"]), None
    stored = getattr(error, "error_code", None)  # storage: a header
    if stored:
        return str(getattr(stored, "value", stored)), None
    return None, None


def _body(error: AzureError) -> Mapping[str, Any]:
    response = getattr(error, "response", None)
    try:
        body = response.json() if response is not None else None
    except ValueError:
        body = None
    return body if isinstance(body, Mapping) else {}


def _extended_code(body: Mapping[str, Any]) -> str | None:
    """The five digits that tell App Service's errors of one code apart."""
    entities = (each.get("ErrorEntity") or {} for each in body.get("Details") or ())
    return next((each["ExtendedCode"] for each in entities if each.get("ExtendedCode")), None)


def _first_line(message: object) -> str | None:
    if not message:
        return None
    line = str(message).strip().splitlines()[0].rstrip(".")
    return fit(line, longest=_LONGEST)
