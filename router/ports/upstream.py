"""The port to the lines' apps, over their own HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from router.domain.app_health import HostReport
from router.domain.version import LineId

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """The address of a line's app. Never logged.

    `key` gives access to Durable's management API, and `host_key`, which only `report` and `admin`
    need, to the host's own.
    """

    line: LineId
    base_url: str
    key: str
    host_key: str | None = None

    def __repr__(self) -> str:
        return f"Route(line={self.line}, base_url={self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Answer:
    """An app's HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Upstream(Protocol):
    """The apps' own HTTP.

    Raises Unavailable without an app's answer: 502 upstream-unreachable, 503 app-stopped, 504.
    """

    async def start(
        self,
        route: Route,
        function: str,
        instance_id: str,
        value: bytes,
        trace: Texts,
        *,
        within: float | None = None,
    ) -> Answer:
        """Make one attempt to start an instance with the caller's JSON, b"" for none, and only
        traceparent and tracestate of `trace`. `within`: seconds until an earlier time-out."""

    async def manage(
        self, route: Route, method: str, path: str, query: Texts, body: bytes, trace: Texts
    ) -> Answer:
        """Send a request to Durable's management API, with a path like instances/x/terminate."""

    async def ask(self, route: Route, path: str) -> Answer:
        """Ask Durable's management API about an instance, with a path like instances/x."""

    async def report(self, route: Route) -> HostReport:
        """Ask the app's host, which needs the route's `host_key`, for its state and functions."""

    async def admin(self, route: Route, method: str, path: str) -> Answer:
        """Send a request to the host's API beneath /admin/host, with the route's `host_key`."""
