"""An operation is looked up by any text that can be the key of a row."""

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.operations import operation
from tests.fakes.router import InMemoryRouter


@pytest.mark.parametrize("name", ["nothing", "a/b", "a#b", "\x00", "..", "\ufffe"])
async def test_unknown_operation_is_404_whatever_its_name(name: str) -> None:
    router = InMemoryRouter()
    await router.register()
    url = "https://router.test/api/operations/x"
    sent = func.HttpRequest("GET", url, route_params={"id": name}, body=b"")
    with pytest.raises(Refusal) as refused:
        await operation(router.context, sent)
    assert (refused.value.status, refused.value.code) == (404, "unknown-operation")
