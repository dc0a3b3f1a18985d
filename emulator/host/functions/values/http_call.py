"""An HTTP request as a function gets it, and the response that it made."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from emulator.host.functions.values.cookies import cookie_header

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request without its body. `params` are those of the route."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    query: Mapping[str, str]

    def fields(self) -> dict[str, Any]:
        """Return it as it is sent to the worker."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class HttpResult:
    """The response of a function, with its type and its cookies among the headers."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def http_result(fields: dict[str, Any], body: bytes) -> HttpResult:
    """Return what a function made. A text is a 200. Raises ValueError for an invalid status.

    A function of the v1 model may make it for a binding of another name than `$return`.
    """
    outputs = fields.get("outputs", {}).values()
    made = next((each for each in outputs if each["kind"] == "http"), None)
    if made is not None:
        fields, body = made, base64.b64decode(made["base64"])
    if fields["kind"] != "http":
        return HttpResult(200, (("Content-Type", _TEXT),), body)
    cookies = (("Set-Cookie", cookie_header(cookie)) for cookie in fields["cookies"])
    return HttpResult(int(fields["status"]), (*fields["headers"].items(), *cookies), body)
