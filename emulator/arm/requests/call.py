"""What a route's handler gets and gives, free of any web framework, and how paths find routes.

Paths compare without case, as in Azure; the names in them keep the case the caller used.
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
    """One authorised request. `effect` is the fault that its operation is to suffer, if any."""

    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    base_url: str
    effect: str | None = None

    @property
    def api_version(self) -> str:
        """The version the caller speaks; poll URLs repeat it."""
        return self.query["api-version"]

    def scope(self, template: str) -> str:
        """The id of what this call names, e.g. scope(SITE)."""
        return template.format(**self.names)

    def content(self) -> dict[str, Any]:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            raise bad_request(
                "The request content was invalid and could not be deserialized: "
                "an object is expected.",
                "InvalidRequestContent",
            )
        return self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer; a body of None is an empty one."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["Cloud", Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, the pattern of a path, and who answers."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, template: str, handler: Handler) -> Route:
    """A route from a template such as `/subscriptions/{subscription}`."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return Route(method, re.compile(pattern, re.IGNORECASE), handler)


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Handler, dict[str, str]]:
    """Who answers, and the names in the path; raises 404 or 405 in ARM's shape."""
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
