"""The link for raising an event has a placeholder, which the caller must replace."""

from typing import Any, cast

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.instances import raise_event
from router.links.signing import check_status_payload

NO_CONTEXT = cast("Any", None)


async def test_event_named_by_the_placeholder_is_refused() -> None:
    links = check_status_payload("https://router.test/api", "x", {"sig": "s", "se": "1"})
    url = links["sendEventPostUri"]
    name = url.split("/raiseEvent/")[1].split("?")[0]
    params = {"instanceId": "x", "eventName": name}
    with pytest.raises(Refusal) as refused:
        await raise_event(
            NO_CONTEXT, func.HttpRequest("POST", url, route_params=params, body=b"{}")
        )
    assert (refused.value.status, refused.value.code) == (400, "bad-event-name")
