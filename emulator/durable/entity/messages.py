"""The JSON texts of entity requests and responses, as the extension writes them."""

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
    """Return the text of an operation request.

    `value` is the JSON text of its input, `sender` is instance id and execution id, and `stamp` is
    the time of this request and of its predecessor, for senders whose requests are ordered.
    """
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
    """Return the text of the reply to a call.

    `result` is JSON text, or the message of an error.
    """
    body: dict[str, Any] = {"$type": RESPONSE_TYPE}
    if result is not None:
        body["result"] = result
    if is_error:
        body["exceptionType"] = "Error"
    return compact(body)
