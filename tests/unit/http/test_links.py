"""A signed link opens its own instance, in whatever case its parameters are written."""

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.links import check
from tests.fakes.router import InMemoryRouter


def request(
    router: InMemoryRouter, operation: str = "", *, upper: bool = False
) -> func.HttpRequest:
    url = router.context.links.of("https://router.test/api", "x")["statusQueryGetUri"]
    url = url.replace("sig=", "SIG=").replace("se=", "Se=") if upper else url
    route = {"instanceId": "x", "operation": operation}
    return func.HttpRequest("POST", url, route_params=route, body=b"")


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("operation", ["", "terminate", "restart"])
def test_signed_request_for_the_instance_is_allowed(operation: str, upper: bool) -> None:
    router = InMemoryRouter()
    check(router.context, request(router, operation, upper=upper))


@pytest.mark.parametrize("operation", ["restartWithOptions", "RESTARTWITHOPTIONS"])
def test_link_starts_nothing_under_an_id_of_the_callers_choice(operation: str) -> None:
    router = InMemoryRouter()
    with pytest.raises(Refusal) as refused:
        check(router.context, request(router, operation))
    assert (refused.value.status, refused.value.code) == (404, "unknown-route")


def test_other_signature_is_refused() -> None:
    router = InMemoryRouter()
    sent = func.HttpRequest(
        "GET", "https://router.test/api/x?sig=a&se=1", route_params={"instanceId": "x"}, body=b""
    )
    with pytest.raises(Refusal) as refused:
        check(router.context, sent)
    assert refused.value.code == "bad-signature"
