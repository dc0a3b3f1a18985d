"""The routes that show lines."""

import json

import azure.functions as func

from router.http.lines import line, lines
from tests.fakes.router import InMemoryRouter


async def test_lines_are_one_listing_without_events(router: InMemoryRouter) -> None:
    asked, events = len(router.catalog.calls("lines")), len(router.catalog.calls("events"))
    answer = await lines(router.context, func.HttpRequest("GET", "https://r/api/lines", body=b""))
    (shown,) = json.loads(answer.get_body())["lines"]
    assert shown["line"] == "1.0"
    assert "events" not in shown
    assert len(router.catalog.calls("lines")) == asked + 1
    assert len(router.catalog.calls("events")) == events


async def test_one_line_has_its_events(router: InMemoryRouter) -> None:
    wanted = func.HttpRequest(
        "GET", "https://r/api/lines/1.0", route_params={"line": "1.0"}, body=b""
    )
    answer = await line(router.context, wanted)
    assert json.loads(answer.get_body())["events"]
