"""The status of an instance, which a parked start under the same id may hide."""

import json
from typing import Any

import pytest

from router.domain.model import Owner
from router.domain.version import RequestedVersion
from router.instances.status import as_sent, status
from router.ports import StatusQuery
from router.starts import service as starts
from router.starts.parked_start import park_id
from router.starts.service import StartRequest
from tests.fakes.orchestrations import AT
from tests.fakes.router import (
    LINE_ID,
    NOON,
    PARKED_ID,
    InMemoryRouter,
    router_with_parked_start,
)


async def shown(router: InMemoryRouter) -> Any:
    return await status(router.context, PARKED_ID, StatusQuery())


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('{"n": 1}', {"n": 1}),
        ("[1, 2]", "[1, 2]"),  # encoded twice, for the SDK's sake
        ('"five"', '"five"'),
        ('"5"', '"5"'),
        ("5", "5"),
        ("null", None),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
async def test_input_is_shown_as_sent_before_and_after_arrival(sent: str, stored: Any) -> None:
    router = await router_with_parked_start()
    name, wanted = "order-18", json.loads(sent)
    await starts.accept(
        router.context, StartRequest(RequestedVersion(LINE_ID), "order", name, sent)
    )
    before = await status(router.context, name, StatusQuery())
    router.azure.owners[name] = Owner("Hub1x0", "Running", AT)
    router.azure.statuses[name] = {"runtimeStatus": "Running", "input": stored}
    after = await status(router.context, name, StatusQuery())
    assert (before["runtimeStatus"], before["input"]) == ("Pending", wanted)
    assert (after["runtimeStatus"], after["input"]) == ("Running", wanted)


def test_stored_text_that_is_no_json_is_shown_as_it_is() -> None:
    assert as_sent("five") == "five"


async def test_parked_start_hides_the_ended_instance_of_its_id() -> None:
    """The ended one belongs to an earlier start."""
    router = await router_with_parked_start()
    router.orchestrations.end(park_id(PARKED_ID), "Completed", {"state": "forwarded"})
    ended = {"runtimeStatus": "Completed", "instanceId": PARKED_ID, "input": {"n": 1}}
    router.azure.statuses[PARKED_ID] = ended
    router.azure.owners[PARKED_ID] = Owner("Hub1x0", "Completed", NOON)
    assert await shown(router) == ended
    router.azure.pass_time(3600)
    again = StartRequest(RequestedVersion(LINE_ID), "order", PARKED_ID, "2")
    await starts.accept(router.context, again)
    assert (await shown(router))["runtimeStatus"] == "Pending"
    router.azure.owners[PARKED_ID] = Owner("Hub1x0", "Completed", AT)
    assert await shown(router) == ended
