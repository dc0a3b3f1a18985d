"""The messages that entities live on, as the extension writes them.

Owns their texts and names. Pure but for the time of writing in a request, which nobody reads.
"""

from datetime import UTC, datetime
from typing import Any

from emulator.durable.dotnet.json_text import compact

NAMESPACE = "Microsoft.Azure.WebJobs.Extensions.DurableTask"
REQUEST_TYPE = f"{NAMESPACE}.RequestMessage, {NAMESPACE}"
RESPONSE_TYPE = f"{NAMESPACE}.ResponseMessage, {NAMESPACE}"


def request(
    operation: str,
    *,
    signal: bool,
    value: str | None,
    request_id: str,
    sender: tuple[str, str] | None = None,
    stamp: tuple[str, str] | None = None,
) -> str:
    """An operation. `value` is the JSON text of its input; `sender` is instance and execution;
    `stamp` is this request's time and that of the one before, for those who are ordered."""
    body: dict[str, Any] = {"$type": REQUEST_TYPE, "op": operation}
    if signal:
        body["signal"] = True
    if value is not None:
        body["input"] = value
    body["id"] = request_id
    if sender:
        body["parent"], body["parentExecution"] = sender
    if stamp:
        body["Timestamp"], body["Predecessor"] = stamp
    body["requestTime"] = datetime.now(UTC).isoformat()
    return compact(body)


def response(result: str | None, *, is_error: bool) -> str:
    """The reply to a call. `result` is JSON text; of an error, its message."""
    body: dict[str, Any] = {"$type": RESPONSE_TYPE}
    if result is not None:
        body["result"] = result
    if is_error:
        body["exceptionType"] = "Error"
    return compact(body)
