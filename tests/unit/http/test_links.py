"""A signed link opens its own instance for its own requests, and hands out no longer life."""

import json
from datetime import datetime, timedelta

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.domain.model import Owner
from router.http.instances import change, get_status
from router.http.links import check
from router.links.signing import Access
from router.ports import Answer
from tests.fakes.router import NOON, InMemoryRouter

NAME = "x"
MEMBER = {
    Access.READ: "statusQueryGetUri",
    Access.EVENT: "sendEventPostUri",
    Access.MANAGE: "terminatePostUri",
}


def request(
    router: InMemoryRouter, access: Access, operation: str = "", *, upper: bool = False
) -> func.HttpRequest:
    url = router.context.links.of("https://router.test/api", NAME)[MEMBER[access]]
    url = url.replace("sig=", "SIG=").replace("se=", "Se=") if upper else url
    route = {"instanceId": NAME, "operation": operation}
    return func.HttpRequest("POST", url, route_params=route, body=b"")


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("access", Access)
def test_signed_request_for_the_instance_is_allowed(access: Access, upper: bool) -> None:
    router = InMemoryRouter()
    check(router.context, request(router, access, upper=upper), access)


@pytest.mark.parametrize("of", [Access.READ, Access.EVENT])
def test_link_for_the_status_or_events_does_not_terminate(of: Access) -> None:
    router = InMemoryRouter()
    with pytest.raises(Refusal) as refused:
        check(router.context, request(router, of, "terminate"), Access.MANAGE)
    assert refused.value.code == "bad-signature"


@pytest.mark.parametrize("operation", ["restartWithOptions", "RESTARTWITHOPTIONS"])
def test_link_starts_nothing_under_an_id_of_the_callers_choice(operation: str) -> None:
    router = InMemoryRouter()
    with pytest.raises(Refusal) as refused:
        check(router.context, request(router, Access.MANAGE, operation), Access.MANAGE)
    assert (refused.value.status, refused.value.code) == (404, "unknown-route")


def test_other_signature_is_refused() -> None:
    router = InMemoryRouter()
    sent = func.HttpRequest(
        "GET", "https://router.test/api/x?sig=a&se=1", route_params={"instanceId": "x"}, body=b""
    )
    with pytest.raises(Refusal) as refused:
        check(router.context, sent, Access.READ)
    assert refused.value.code == "bad-signature"


def life_of(router: InMemoryRouter, instance_id: str, url: str, access: Access) -> datetime:
    """Return when a link that was handed out expires."""
    sent = func.HttpRequest("GET", url, route_params={"instanceId": instance_id}, body=b"")
    return check(router.context, sent, access)


@pytest.fixture
async def router() -> InMemoryRouter:
    """Return a router whose active line has the instance NAME."""
    router = InMemoryRouter()
    await router.provision()
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    router.azure.statuses[NAME] = {"runtimeStatus": "Running", "input": None}
    return router


async def test_status_by_a_link_renews_it_without_a_longer_life(router: InMemoryRouter) -> None:
    asked = request(router, Access.READ)
    until = check(router.context, asked, Access.READ)
    router.azure.now += timedelta(days=1)
    for _ in range(3):  # as a client that follows Location does
        answer = await get_status(router.context, asked, until)
        url = answer.headers["Location"]
        assert life_of(router, NAME, url, Access.READ) == until
        asked = func.HttpRequest("GET", url, route_params={"instanceId": NAME}, body=b"")


async def test_status_by_a_key_gives_a_link_of_full_life(router: InMemoryRouter) -> None:
    router.azure.now += timedelta(days=1)
    answer = await get_status(router.context, request(router, Access.READ))
    expected = router.now() + timedelta(seconds=router.settings.link_valid_seconds)
    assert life_of(router, NAME, answer.headers["Location"], Access.READ) == expected


@pytest.mark.parametrize("new_id", [NAME, "another"])
async def test_restart_by_a_link_hands_out_no_longer_life(
    router: InMemoryRouter, new_id: str
) -> None:
    asked = request(router, Access.MANAGE, "restart")
    until = check(router.context, asked, Access.MANAGE)
    router.azure.now += timedelta(days=1)
    router.azure.answer("manage", Answer(202, {}, json.dumps({"id": new_id}).encode()))
    answer = await change(router.context, asked, until)
    links = json.loads(answer.get_body())
    lives = {life_of(router, new_id, links[MEMBER[each]], each) for each in Access}
    lives.add(life_of(router, new_id, answer.headers["Location"], Access.READ))
    assert lives == {until}
