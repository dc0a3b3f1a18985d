"""Calls, replies and routes of the control plane, independent of any web framework.

Paths compare without case, as in Azure. The names in them keep the caller's case.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.arm.errors import ArmError, bad_request

if TYPE_CHECKING:
    from emulator.arm.backend.cloud import Cloud

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
WEB = GROUP + "/providers/Microsoft.Web"
ANYWHERE = "/subscriptions/*/resourceGroups/*/providers/Microsoft.Web"
PLAN = WEB + "/serverfarms/{plan}"
SITE = WEB + "/sites/{site}"


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised request. `effect` is the fault to inject into its operation, if any."""

    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    base_url: str
    effect: str | None = None

    @property
    def api_version(self) -> str:
        """The API version of the caller, which poll URLs repeat."""
        return self.query["api-version"]

    def scope(self, template: str) -> str:
        """Return the resource id that this call has for a template, such as `scope(SITE)`."""
        return template.format(**self.names)

    def content(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise bad_request(
                "The request content was invalid and could not be deserialized: "
                "an object is expected.",
                "InvalidRequestContent",
            )
        return self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. A body of None is empty."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["Cloud", Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, the pattern of a path and their handler."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, template: str, handler: Handler) -> Route:
    """Return a route for a template such as `/subscriptions/{subscription}`."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return Route(method, re.compile(pattern, re.IGNORECASE), handler)


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Handler, dict[str, str]]:
    """Return the handler and the names in the path. Raises 404 or 405 in ARM's shape."""
    known = False
    for candidate in routes:
        match = candidate.pattern.fullmatch(path.rstrip("/"))
        if match and candidate.method == method:
            return candidate.handler, match.groupdict()
        known = known or match is not None
    if known:
        raise ArmError(405, "MethodNotAllowed", f"{method} is not supported on '{path}'.")
    raise ArmError(
        404,
        "NotFound",
        f"'{method} {path}' is not a route of the emulated Azure Resource Manager.",
    )
