"""The route table of an app, which finds the function for an HTTP request.

As on the real host, a known path with another method is not found, and of the routes that match,
that of the function whose name comes first in the alphabet is taken, however specific it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.routing import template
from emulator.host.routing.template import RouteTemplate

RESERVED_ROUTES = ("admin", "runtime")
RESERVED_NAME = "host"
NO_VALUES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Route:
    """A function and its route template. `rank` is its place in the order of the names."""

    function: FunctionInfo
    template: RouteTemplate
    rank: int

    def takes(self, method: str) -> bool:
        """Return whether the function accepts a method."""
        methods = self.function.methods
        return methods is None or method in methods


class Routes:
    """All routes of an app. Raises PackageFailed for an invalid template."""

    def __init__(self, functions: Iterable[FunctionInfo], prefix: str) -> None:
        self._prefix = prefix.strip("/")
        by_name = sorted(functions, key=lambda function: function.name.lower())
        routes = [self._route(f, rank) for rank, f in enumerate(by_name) if _is_served(f)]
        self._literal: dict[str, list[Route]] = {}
        for route in routes:
            if route.template.literal is not None:
                self._literal.setdefault(route.template.literal, []).append(route)
        self._patterns = [route for route in routes if route.template.literal is None]

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route of a method and a decoded path, with the parameters' values."""
        named = self._literal.get(path.removesuffix("/").lower(), ())
        literal = next((route for route in named if route.takes(method)), None)
        for route in self._patterns:
            if literal is not None and route.rank > literal.rank:
                break
            if route.takes(method):
                values = route.template.match(path)
                if values is not None:
                    return route, values
        return None if literal is None else (literal, NO_VALUES)

    def path_of(self, function: FunctionInfo) -> str | None:
        """Return the path of a function as a template, or None if it has none."""
        if function.route is None:
            return None
        return "/" + f"{self._prefix}/{function.route.strip('/')}".strip("/")

    def _route(self, function: FunctionInfo, rank: int) -> Route:
        try:
            return Route(function, template.parse(self.path_of(function) or ""), rank)
        except ValueError as error:
            raise PackageFailed(f"cannot load the {function.name} function: {error}") from error


def _is_served(function: FunctionInfo) -> bool:
    """Return whether the host serves a function's route, rather than leaving it out silently."""
    route = function.route
    if route is None or function.name.lower() == RESERVED_NAME:
        return False
    return not route.lower().startswith(RESERVED_ROUTES)
