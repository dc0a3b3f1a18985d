"""The routes of one instance: what they refuse, and what they pass on."""

import json
from typing import Any, cast

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.domain.model import Owner
from router.http.instances import change, get_status, purge, raise_event
from router.links.signing import Access, check_status_payload
from router.ports import Answer
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

NO_CONTEXT = cast("Any", None)
NAME = "order-17"
TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


def request(tail: str = "", body: bytes = b"", name: str = NAME, **route: str) -> func.HttpRequest:
    url = f"https://router.test/api/instances/{NAME}{tail}"
    params = {"instanceId": name, **route}
    return func.HttpRequest("POST", url, headers=TRACE, route_params=params, body=body)


@pytest.fixture
async def router() -> InMemoryRouter:
    """Return a router whose active line has the instance NAME."""
    router = InMemoryRouter()
    await router.provision()
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    router.azure.answer("manage", Answer(202, {}, b""))
    return router


async def test_event_named_by_the_placeholder_is_refused() -> None:
    queries = {access: {"sig": "s", "se": "1"} for access in Access}
    links = check_status_payload("https://router.test/api", "x", queries)
    name = links["sendEventPostUri"].split("/raiseEvent/")[1].split("?")[0]
    with pytest.raises(Refusal) as refused:
        await raise_event(NO_CONTEXT, request(body=b"{}", eventName=name))
    assert (refused.value.status, refused.value.code) == (400, "bad-event-name")


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a+b", b"1", "bad-event-name"),
        ("..", b"1", "bad-event-name"),
        ("go", b"", "bad-body"),
        ("go", b"// c\n1", "bad-body"),
        ("go", b"NaN", "bad-body"),
        ("go", b'"\\ud83d"', "bad-body"),
        ("go", b"[" * 61 + b"]" * 61, "body-too-deep"),
    ],
)
async def test_bad_event_is_refused(
    router: InMemoryRouter, name: str, body: bytes, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await raise_event(router.context, request(body=body, eventName=name))
    assert (refused.value.status, refused.value.code) == (400, code)
    assert router.azure.calls("manage") == []


async def test_event_arrives_with_its_case_its_digits_and_its_trace(
    router: InMemoryRouter,
) -> None:
    answer = await raise_event(router.context, request(body=b"1.10", eventName="GO"))
    assert answer.status_code == 202
    [(_, *sent)] = router.azure.calls("manage")
    assert sent == ["POST", f"instances/{NAME}/raiseEvent/GO", {}, b"1.10", TRACE]


async def test_purge_is_sent_with_the_trace_of_its_caller(router: InMemoryRouter) -> None:
    await purge(router.context, request())
    [(_, *sent)] = router.azure.calls("manage")
    assert sent == ["DELETE", f"instances/{NAME}", {}, b"", TRACE]


@pytest.mark.parametrize("name", [".", "..", "%2e", "a+b", "a%41", " ", ""])
async def test_no_change_is_sent_for_an_id_that_leads_elsewhere(
    router: InMemoryRouter, name: str
) -> None:
    """DELETE of `.` would purge every instance that a filter selects."""
    for serve in (purge, change, raise_event, get_status):
        sent = request(body=b"1", name=name, operation="terminate", eventName="go")
        with pytest.raises(Refusal) as refused:
            await serve(router.context, sent)
        assert (refused.value.status, refused.value.code) == (400, "bad-instance-id")
    assert router.azure.calls("manage") == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", {}),
        ("?reason=", {}),
        ("?Reason=no+need", {"reason": "no need"}),
        ("?reason=//x", {"reason": "Reason: //x"}),
    ],
)
@pytest.mark.parametrize("verb", ["terminate", "suspend", "resume", "rewind"])
async def test_reason_is_passed_on_in_a_form_that_can_be_shown(
    router: InMemoryRouter, verb: str, query: str, reason: dict[str, str]
) -> None:
    await change(router.context, request(f"/{verb}{query}", operation=verb))
    [(_, *sent)] = router.azure.calls("manage")
    assert sent == ["POST", f"instances/{NAME}/{verb}", reason, b"", TRACE]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", "true"),
        ("?restartWithNewInstanceId=False", "false"),
        ("?restartWithNewInstanceId=no&x=y", "true"),
    ],
)
async def test_restart_passes_on_nothing_else(
    router: InMemoryRouter, query: str, sent: str
) -> None:
    router.azure.answer("manage", Answer(202, {}, b'{"id": "new"}'))
    answer = await change(router.context, request(f"/restart{query}", operation="restart"))
    assert json.loads(answer.get_body())["id"] == "new"
    assert router.azure.calls("manage")[0][3] == {"restartWithNewInstanceId": sent}


@pytest.mark.parametrize(
    ("status", "query", "expected"),
    [
        ("Failed", "?returnInternalServerErrorOnFailure=true", 500),
        ("Failed", "", 200),
        ("Completed", "?returnInternalServerErrorOnFailure=true", 200),
    ],
)
async def test_failure_is_answered_with_500_on_request(
    router: InMemoryRouter, status: str, query: str, expected: int
) -> None:
    router.azure.statuses[NAME] = {"runtimeStatus": status, "input": None}
    answer = await get_status(router.context, request(query))
    assert answer.status_code == expected
    assert json.loads(answer.get_body())["runtimeStatus"] == status


async def test_restart_with_options_needs_an_id(router: InMemoryRouter) -> None:
    sent = request("/restartWithOptions", operation="restartWithOptions")
    with pytest.raises(Refusal) as refused:
        await change(router.context, sent)
    assert (refused.value.status, refused.value.code) == (400, "bad-instance-id")


async def test_restart_with_options_returns_links_of_the_new_id(router: InMemoryRouter) -> None:
    router.azure.statuses[NAME] = {"runtimeStatus": "Failed", "name": "order", "input": None}
    sent = request("/restartWithOptions?newInstanceId=é", operation="restartWithOptions")
    answer = await change(router.context, sent)
    assert (answer.status_code, json.loads(answer.get_body())["id"]) == (202, "é")
    assert answer.headers["Location"].isascii()
    assert (await router.claim("é")).line == LINE_ID
