"""The health endpoint lists what is wrong although the router works."""

import json

import azure.functions as func
import pytest

from router.http.health import health
from router.lines import monitor
from tests.fakes.router import LINE_ID, InMemoryRouter


@pytest.mark.parametrize(
    ("settings", "body"),
    [
        ({}, {"status": "ok"}),
        ({"ROUTER_COLOR": "1"}, {"status": "ok", "problems": ["ROUTER_COLOR: no such setting"]}),
    ],
)
async def test_unknown_setting_is_listed(settings: dict[str, str], body: object) -> None:
    router = InMemoryRouter(None, None, **settings)
    await router.register()
    asked = func.HttpRequest("GET", "https://router.test/api/health", body=b"")
    answer = await health(router.context, asked)
    assert (answer.status_code, json.loads(answer.get_body())) == (200, body)


async def test_stopped_app_of_a_line_is_listed() -> None:
    router = InMemoryRouter()
    await router.open_line()
    router.azure.stopped = True
    await monitor.tick(router.context, LINE_ID)
    await router.context.snapshots.refresh()
    asked = func.HttpRequest("GET", "https://router.test/api/health", body=b"")
    found = json.loads((await health(router.context, asked)).get_body())
    assert found == {"status": "ok", "problems": ["line 1.0: its function app is stopped in Azure"]}
