"""An order on a line takes a reason under the rules of an instance's reason."""

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.line_actions import act
from tests.fakes.router import LINE_ID, InMemoryRouter


def order(verb: str, query: str = "") -> func.HttpRequest:
    url = f"https://router.test/api/lines/1.0/{verb}{query}"
    return func.HttpRequest("POST", url, route_params={"line": "1.0", "verb": verb}, body=b"")


async def test_reason_of_an_order_is_decoded_and_kept(router: InMemoryRouter) -> None:
    router.azure.pass_time(1)
    answer = await act(router.context, order("drain", "?Reason=zu%20alt%E2%80%A6"))
    assert answer.status_code == 202
    [event] = await router.catalog.events(LINE_ID, 1)
    assert event.what == "draining: requested by an operator, because: zu alt…"


@pytest.mark.parametrize("verb", ["drain", "undrain", "retire", "revive"])
@pytest.mark.parametrize("text", ["%EF%BF%BE", "%FF"])
async def test_order_with_a_bad_reason_changes_nothing(
    router: InMemoryRouter, verb: str, text: str
) -> None:
    before = await router.catalog.line(LINE_ID)
    with pytest.raises(Refusal) as refused:
        await act(router.context, order(verb, f"?reason={text}"))
    assert (refused.value.status, refused.value.code) == (400, "bad-reason")
    assert await router.catalog.line(LINE_ID) == before


async def test_unknown_order_is_refused(router: InMemoryRouter) -> None:
    with pytest.raises(Refusal) as refused:
        await act(router.context, order("explode"))
    assert (refused.value.status, refused.value.code) == (404, "unknown-route")
