"""The client of the lines' function apps: addresses and keys by line, and calls bounded in time.

An app changes whatever instance has an id, even one that another line has started since.
A change must therefore end within a bounded time after its owner was looked up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote

from router.apps.circuits import AWAY, NO_HOST, Circuits
from router.apps.keys import KeyRing
from router.domain.app_health import HostReport
from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.domain.model import Line
from router.domain.texts.carriers import segment_problem
from router.domain.texts.trace import NO_TRACE, Trace
from router.ports import Answer, AppKeys, Monotonic, Route, Upstream
from router.settings import Settings

_NO_HOST_YET = "from host runtime"  # in Azure's answer about keys while the app's host is down
_REJECTED = frozenset({401, 403})  # no such key, or one of too low a level
_AWAKE_SECONDS = 2.0  # for which an app that has answered is taken for awake


class AppClient:
    """Calls the apps of all lines."""

    def __init__(
        self, upstream: Upstream, keys: KeyRing, settings: Settings, monotonic: Monotonic
    ) -> None:
        self._upstream = upstream
        self._keys = keys
        self._scheme = settings.upstream_scheme
        self._seconds = settings.forward_seconds
        self._monotonic = monotonic
        self._circuits = Circuits(monotonic)
        self._answered_at: dict[str, float] = {}  # by function app

    async def route(self, line: Line) -> Route:
        """Return the address and key of the line's app."""
        try:
            key = await self._keys.durable(line.function_app)
        except (PlatformBusy, PlatformFailed):
            self._circuits.fail(line.function_app)
            raise
        return Route(line.id, self._base_url(line), key)

    def is_away(self, line: Line) -> bool:
        """Return True if the line's app fails so often that `admit` would refuse a call now."""
        return self._circuits.is_away(line.function_app)

    def keeps_failing(self, line: Line) -> bool:
        """Return True if another attempt right now is expected to fail."""
        return self._circuits.is_open(line.function_app)

    def admit(self, line: Line) -> bool:
        """Return True if a start or a caller's change may be sent to the line's app now.

        One that fails in a row is sent a probe once in a while. What ends work is sent regardless.
        """
        return self._circuits.admit(line.function_app)

    def require_admitted(self, line: Line) -> None:
        """Raise Unavailable 502 upstream-unreachable unless `admit` allows a call."""
        if not self.admit(line):
            detail = f"Nothing was sent, because {AWAY}. Retry shortly."
            raise Unavailable("upstream-unreachable", detail, status=502)

    async def report(self, line: Line) -> HostReport:
        """Return what the host of the line's app says about itself.

        An app whose host has not created its Durable key yet is asked nevertheless.
        """
        try:
            keys = await self._keys.listed(line.function_app)
        except PlatformBusy as error:
            if _NO_HOST_YET not in str(error):
                raise
            return HostReport(str(error), gone=True)
        report = await self._upstream.report(self._host_route(line, keys))
        if report.rejected:
            self._keys.invalidate(line.function_app)
        if report.unready is None and report.durable is None:
            self._circuits.close(line.function_app)
        return report

    async def admin(self, line: Line, method: str, path: str) -> Answer | None:
        """Send a request to the API of the app's host, beneath /admin/host.

        Returns None if Azure lists no key for it. Raises Unavailable without an answer, and
        PlatformBusy.
        """
        try:
            keys = await self._keys.listed(line.function_app)
        except PlatformFailed:
            return None
        return await self._upstream.admin(self._host_route(line, keys), method, path)

    async def wake(self, line: Line, instance_id: str, *, until: float) -> Answer | None:
        """Return the app's answer about an instance, None if it answered just now or time is up.

        An app that has scaled to zero lets a request wait, and runs it even if it was given up. So
        neither a start nor a change is what wakes it. Raises as `manage`, also at `until`
        (monotonic).
        """
        if self._is_awake(line) or self._monotonic() >= until:
            return None
        async with self.before(until):
            return await self._ask(line, f"instances/{_arriving_whole(instance_id)}")

    async def start(
        self,
        line: Line,
        function: str,
        instance_id: str,
        value: bytes,
        trace: Trace = NO_TRACE,
        *,
        until: float,
    ) -> Answer | None:
        """Ask the app to start an instance, or return None once `until` (monotonic) has passed."""
        route = await self.route(line)
        left = until - self._monotonic()
        if left <= 0:
            return None
        start = self._upstream.start(route, function, instance_id, value, trace, within=left)
        return await self._answer(line, start)

    async def manage(
        self,
        line: Line,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes = b"",
        trace: Trace = NO_TRACE,
    ) -> Answer:
        """Send one request to Durable's management API and return the answer, whatever it is.

        `path` is such as instances/x/terminate. A rejected key is listed again and the request
        repeated once. An app that may sleep is asked about the instance first. Raises Unavailable,
        PlatformBusy or PlatformFailed without an answer.
        """
        if method != "GET" and not self._is_awake(line):
            found = await self._ask(line, "/".join(path.split("/")[:2]))
            if found.status in NO_HOST:
                return found
        for _ in range(2):
            route = await self.route(line)
            change = self._upstream.manage(route, method, path, query, body, trace)
            answer = await self._answer(line, change)
            if answer.status not in _REJECTED:
                break
        return answer

    async def terminate(self, line: Line, instance_id: str, reason: str) -> Answer:
        """Ask the app to terminate an instance, whose id an orchestration may have chosen."""
        path = f"instances/{_arriving_whole(instance_id)}/terminate"
        return await self.manage(line, "POST", path, {"reason": reason})

    def deadline(self) -> float:
        """Return until when (monotonic) an owner that is looked up from now on may be acted upon.

        An id is kept free for longer than that before another line starts something under it.
        """
        return self._monotonic() + self._seconds

    @asynccontextmanager
    async def before(self, deadline: float) -> AsyncIterator[None]:
        """Cancel the body at the deadline and raise Unavailable 504 upstream-timeout."""
        try:
            async with asyncio.timeout(deadline - self._monotonic()):
                yield
        except TimeoutError as error:
            detail = (
                "The line's app did not answer in time. The change may still be applied: check the "
                "instance's status before you retry."
            )
            raise Unavailable("upstream-timeout", detail, status=504) from error

    def _host_route(self, line: Line, keys: AppKeys) -> Route:
        return Route(line.id, self._base_url(line), keys.durable or "", keys.host)

    async def _ask(self, line: Line, path: str) -> Answer:
        return await self._answer(line, self._upstream.ask(await self.route(line), path))

    async def _answer(self, line: Line, call: Awaitable[Answer]) -> Answer:
        answer = await self._circuits.observe(line.function_app, call)
        self._note(line, answer)
        return answer

    def _is_awake(self, line: Line) -> bool:
        answered_at = self._answered_at.get(line.function_app)
        return answered_at is not None and self._monotonic() - answered_at < _AWAKE_SECONDS

    def _note(self, line: Line, answer: Answer) -> None:
        if answer.status in _REJECTED:
            self._keys.invalidate(line.function_app)
        if answer.status not in NO_HOST:
            self._answered_at[line.function_app] = self._monotonic()

    def _base_url(self, line: Line) -> str:
        return f"{self._scheme}://{line.host_name}"


def _arriving_whole(instance_id: str) -> str:
    """Return the id as a segment of a path for `manage`.

    Durable decodes a path up to three times, so an id that a single encoding would change, or turn
    into a request for all instances, is encoded three times: twice here, and once when it is sent.
    """
    if segment_problem(instance_id) is None:
        return instance_id
    once = quote(instance_id, safe="", errors="replace").replace(".", "%2E")
    return quote(once, safe="")
