"""A stand-in for a line's function app, to which the upstream adapter sends requests."""

from aiohttp import web
from aiohttp.test_utils import TestServer

from router.domain.version import LineId
from router.ports import Route

DURABLE = "/runtime/webhooks/durabletask"


def stopped_page() -> web.Response:
    """Return what Azure's front end answers for an app that is stopped."""
    page = "<html><body><h1>Error 403 - This web app is stopped.</h1></body></html>"
    return web.Response(status=403, text=page, content_type="text/html")


class App:
    """A function app that records its requests and returns prepared responses."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.answers: dict[str, web.Response] = {}
        self.server = TestServer(web.Application())
        self.server.app.router.add_route("*", "/{path:.*}", self._handle)

    def route(self, host_key: str | None = "the-master-key") -> Route:
        return Route(LineId(1, 0), f"http://127.0.0.1:{self.server.port}", "the-key", host_key)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        return self.answers.get(request.path, web.Response(status=404))
