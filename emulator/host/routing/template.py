"""Route templates such as `orders/{id:int}/{part?}/{*rest}`.

Their grammar is that of ASP.NET Core's routing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.host.routing.constraint import Constraint, constraint

PARAMETER = re.compile(r"(\*{0,2})([^:=?*]+)(.*?)(\?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`{name:constraint=default}`, `{name?}` or `{*name}`."""

    name: str
    constraints: tuple[Constraint, ...]
    default: str | None
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class RouteTemplate:
    """A parsed template. `literal` is the lower-case path of one without parameters, else None."""

    pattern: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    literal: str | None

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return the parameters if the decoded path matches, else None."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        values = {}
        for parameter, text in zip(self.parameters, found.groups(), strict=True):
            value = text or parameter.default
            if value is None:
                continue
            if not all(holds(value) for holds in parameter.constraints):
                return None
            values[parameter.name] = value
        return values


def parse(text: str) -> RouteTemplate:
    """Return the template of a text. Raises ValueError if it is malformed."""
    parameters: list[Parameter] = []
    pattern = ""
    for segment in _split(text.strip("/"), "/"):
        parts = _parts(segment)
        found = [part for part in parts if isinstance(part, Parameter)]
        pattern += _segment_pattern(parts)
        parameters += found
    end = "" if parameters and parameters[-1].rest else "/?"  # one trailing slash is ignored
    return RouteTemplate(
        re.compile(pattern + end, re.IGNORECASE | re.DOTALL),
        tuple(parameters),
        None if parameters else f"/{text.strip('/')}".rstrip("/").lower(),
    )


def _split(text: str, separator: str) -> list[str]:
    """Split at separators outside of braces and parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "{(") - (character in "})")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise ValueError(f"route template '{text}' has unbalanced braces")
    return [part for part in parts if part]


def _parts(segment: str) -> list[str | Parameter]:
    parts: list[str | Parameter] = []
    start = depth = 0
    for at, character in enumerate(segment):
        if character == "{" and not depth and at > start:
            parts.append(segment[start:at])
        if character == "{":
            start = at if not depth else start
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                parts.append(_parameter(segment[start + 1 : at]))
                start = at + 1
    return parts + ([segment[start:]] if start < len(segment) else [])


def _parameter(text: str) -> Parameter:
    found = PARAMETER.fullmatch(text.replace("{{", "{").replace("}}", "}"))
    if found is None:
        raise ValueError(f"route parameter '{{{text}}}' is malformed")
    constraints, *default = _split(":" + found[3], "=")
    return Parameter(
        name=found[2],
        constraints=tuple(constraint(one) for one in _split(constraints, ":")),
        default=default[0] if default else None,
        optional=bool(found[4]),
        rest=bool(found[1]),
    )


def _segment_pattern(parts: list[str | Parameter]) -> str:
    if len(parts) == 1 and isinstance(parts[0], Parameter):
        only = parts[0]
        if only.rest:
            return "(?:/(.*))?"
        return "(?:/([^/]+))?" if only.optional or only.default is not None else "/([^/]+)"
    return "/" + "".join("([^/]+)" if isinstance(p, Parameter) else re.escape(p) for p in parts)
