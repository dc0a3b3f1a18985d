"""A link to send an event by is a pattern: its place for the name is to be filled in first."""

from typing import Any, cast

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.instances import raise_event
from router.links.signing import check_status_payload

NOBODY = cast("Any", None)  # is asked


async def test_an_event_for_the_pattern_as_it_was_handed_out_is_refused() -> None:
    links = check_status_payload("https://router.test/api", "x", {"sig": "s", "se": "1"})
    url = links["sendEventPostUri"]
    name = url.split("/raiseEvent/")[1].split("?")[0]
    params = {"instanceId": "x", "eventName": name}
    with pytest.raises(Refusal) as refused:
        await raise_event(NOBODY, func.HttpRequest("POST", url, route_params=params, body=b"{}"))
    assert (refused.value.status, refused.value.code) == (400, "bad-event-name")
