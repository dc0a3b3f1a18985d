"""Injected faults: which calls fail, and how.

`POST /emulator/faults` adds one and `GET` lists them. `DELETE` clears them, and endless operations
end as Failed. Faults are not persisted.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

Effect = Literal[
    "throttle",  # 429 in ARM's shape, with Retry-After
    "throttle-plan",  # 429 in App Service's shape, extended code 51025, without Retry-After
    "quota",  # 401 in App Service's shape: the subscription's quota is used up
    "quota-of-plans",  # 409 in App Service's shape, extended code 59301: no further plan
    "status",  # `status`, in ARM's shape
    "silence",  # no response until the caller disconnects
    "reset",  # the connection is cut before the call is handled
    "lost-answer",  # the connection is cut after the call is handled
    "cut-answer",  # the connection is cut in the middle of the response
    "fail-operation",  # the long-running operation (or deployment) ends as Failed
    "fail-provisioning",  # 200 at once, provisioningState Failed
    "unnamed",  # the answer to a deployment does not have its id
    "unlisted",  # a deployment is not listed any more once it has ended
    "never-ending",  # the long-running operation (or deployment) never ends
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault. `path` is a regular expression that is searched in the path, ignoring case.

    The first `skip` matching calls succeed and the next `times` fail. `retry_after` is in seconds.
    """

    effect: Effect
    method: str = "*"
    path: str = ""
    skip: int = 0
    times: int = 1
    status: int = 500
    retry_after: int | None = None


def parse(body: dict[str, Any]) -> Fault:
    """Return a fault from its JSON. Raises ValueError with the reason if it is invalid."""
    known = set(Fault.__dataclass_fields__)
    if not body.keys() <= known:
        raise ValueError(f"unknown: {sorted(body.keys() - known)}; known: {sorted(known)}")
    if body.get("effect") not in get_args(Effect):
        raise ValueError(f"effect must be one of {list(get_args(Effect))}")
    re.compile(body.get("path", ""))
    return Fault(**body)


def show(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON."""
    return asdict(fault)


def take(faults: Sequence[Fault], method: str, path: str) -> tuple[Fault | None, tuple[Fault, ...]]:
    """Return the fault that applies to a call, if any, and the remaining faults."""
    for index, fault in enumerate(faults):
        if not _matches(fault, method, path):
            continue
        before, after = tuple(faults[:index]), tuple(faults[index + 1 :])
        if fault.skip > 0:
            return None, (*before, replace(fault, skip=fault.skip - 1), *after)
        left = (replace(fault, times=fault.times - 1),) if fault.times > 1 else ()
        return fault, (*before, *left, *after)
    return None, tuple(faults)


def _matches(fault: Fault, method: str, path: str) -> bool:
    return fault.method.upper() in {"*", method.upper()} and bool(
        re.search(fault.path, path, re.IGNORECASE)
    )
