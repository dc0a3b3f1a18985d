"""The route table of an app, which finds the function for an HTTP request.

A known path with another method is not found, as on the real host.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.routing import template
from emulator.host.routing.template import RouteTemplate

BUILT_IN = ("admin", "runtime")
NO_VALUES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Route:
    """A function and its route template."""

    function: FunctionInfo
    template: RouteTemplate

    def takes(self, method: str) -> bool:
        """Return whether the function accepts a method."""
        methods = self.function.methods
        return methods is None or method in methods


class Routes:
    """All routes of an app. Raises PackageFailed for an invalid template."""

    def __init__(self, functions: Iterable[FunctionInfo], prefix: str) -> None:
        routes = [_route(f, prefix) for f in functions if f.route is not None]
        self._literal: dict[str, list[Route]] = {}
        for route in routes:
            if route.template.literal is not None:
                self._literal.setdefault(route.template.literal, []).append(route)
        self._patterns = sorted(
            (route for route in routes if route.template.literal is None),
            key=lambda route: route.template.precedence,
        )

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route of a method and an undecoded path, with the parameters' values."""
        path = _decoded(path)
        for route in self._literal.get(path.lower(), ()):
            if route.takes(method):
                return route, NO_VALUES
        for route in self._patterns:
            if route.takes(method):
                values = route.template.match(path)
                if values is not None:
                    return route, values
        return None


def _route(function: FunctionInfo, prefix: str) -> Route:
    text = f"{prefix.strip('/')}/{(function.route or '').strip('/')}".strip("/")
    if text.split("/")[0].lower() in BUILT_IN:
        raise PackageFailed(
            f"cannot load the {function.name} function: its route '{text}' conflicts with one or "
            "more built in routes"
        )
    try:
        return Route(function, template.parse(text))
    except ValueError as error:
        raise PackageFailed(f"cannot load the {function.name} function: {error}") from error


def _decoded(path: str) -> str:
    if "%" in path:
        # An encoded slash stays encoded, because it is part of a value and not a separator.
        path = unquote(path.replace("%2F", "%252F").replace("%2f", "%252f"))
    return path.rstrip("/")
