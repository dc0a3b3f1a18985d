"""Long-running operations, whose state is a function of time.

Nothing runs in the background, so a restart of the control plane cannot lose or stop one.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.errors import ArmError
from emulator.arm.requests.call import GROUP, SITE, SUBSCRIPTION, Call, Reply, route

_FAILURE = {
    "code": "InternalServerError",
    "message": "The operation failed: the service could not create the resource.",
}


def begin(cloud: Cloud, effect: str | None) -> str:
    """Record a new operation and return its id. `effect` is the fault to inject, if any."""
    operation_id = str(uuid.uuid4())
    now = cloud.now()
    ends = {"never-ending": None, "fail-provisioning": now}.get(effect or "", now + cloud.latency)
    outcome = "Failed" if effect in {"fail-operation", "fail-provisioning"} else "Succeeded"
    operation = {"id": operation_id, "startedAt": now, "endsAt": ends, "outcome": outcome}
    cloud.store.put(f"/operations/{operation_id}", operation)
    return operation_id


def state(cloud: Cloud, operation_id: str | None) -> str:
    """Return InProgress, Succeeded or Failed. A resource without an operation has Succeeded."""
    operation = cloud.store.get(f"/operations/{operation_id}") if operation_id else None
    if operation is None:
        return "Succeeded"
    return _state(operation, cloud.now())


def headers(call: Call, operation_id: str, template: str = SITE) -> dict[str, str]:
    """Return the headers of a 202 with the URL of an operation's status."""
    url = (
        f"{call.base_url}{call.scope(template)}/operationResults/{operation_id}"
        f"?api-version={call.api_version}"
    )
    return {"Azure-AsyncOperation": url, "Retry-After": "1"}


def fail_endless(cloud: Cloud) -> None:
    """Fail every operation that would never end."""
    for operation in cloud.store.children("/operations"):
        if operation["endsAt"] is None:
            failed = operation | {"endsAt": cloud.now(), "outcome": "Failed"}
            cloud.store.put(f"/operations/{operation['id']}", failed)


async def _status(cloud: Cloud, call: Call) -> Reply:
    operation = _get(cloud, call)
    status = _state(operation, cloud.now())
    body: dict[str, Any] = {
        "id": call.path,
        "name": operation["id"],
        "status": status,
        "startTime": _iso_time(operation["startedAt"]),
    }
    if status == "InProgress":
        return Reply(body=body, headers={"Retry-After": "1"})
    body["endTime"] = _iso_time(operation["endsAt"])
    if status == "Failed":
        body["error"] = _FAILURE
    return Reply(body=body)


async def _result(cloud: Cloud, call: Call) -> Reply:
    status = _state(_get(cloud, call), cloud.now())
    if status == "InProgress":
        poll = f"{call.base_url}{call.path}?api-version={call.api_version}"
        return Reply(202, headers={"Location": poll, "Retry-After": "1"})
    if status == "Failed":
        raise ArmError(500, _FAILURE["code"], _FAILURE["message"])
    return Reply(200)


def _get(cloud: Cloud, call: Call) -> dict[str, Any]:
    operation = cloud.store.get(f"/operations/{call.names['operation']}")
    if operation is None:
        text = f"The operation '{call.names['operation']}' is not known."
        raise ArmError(404, "OperationNotFound", text)
    return operation


def _state(operation: dict[str, Any], now: float) -> str:
    ended = operation["endsAt"] is not None and now >= operation["endsAt"]
    return str(operation["outcome"]) if ended else "InProgress"


def _iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


ROUTES = [
    route("GET", SITE + "/operationResults/{operation}", _status),
    route(
        "GET",
        SUBSCRIPTION
        + "/providers/Microsoft.Web/locations/{location}/operationStatuses/{operation}",
        _status,
    ),
    route("GET", GROUP + "/operationResults/{operation}", _result),
    route("GET", SUBSCRIPTION + "/operationResults/{operation}", _result),
]
