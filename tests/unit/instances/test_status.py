"""The status of an instance, which a parked start under the same id may hide."""

import json
from dataclasses import replace
from typing import Any

import pytest

from router.domain.errors import Unreadable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances.owner import line_id_of
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


async def test_instance_is_read_from_the_tables_of_its_line() -> None:
    router = await router_with_parked_start()
    name, line = "1-1-" + "0" * 32, LineId(1, 1)
    await router.add_line_apart(line, name, Owner("Hub1x1", "Running", NOON))
    router.azure.statuses[name] = {"runtimeStatus": "Failed", "input": None, "output": "not this"}
    found = await status(router.context, name, StatusQuery())
    assert found["output"] == "Hub1x1"


async def test_instance_that_an_app_named_is_found_in_any_tables() -> None:
    router = await router_with_parked_start()
    await router.add_line_apart(LineId(1, 1), "nightly", Owner("Hub1x1", "Running", NOON))
    found = await status(router.context, "nightly", StatusQuery())
    assert found["output"] == "Hub1x1"
    assert await line_id_of(router.context, "nightly") == LineId(1, 1)


async def test_claimed_instance_comes_before_one_that_an_app_named() -> None:
    router = await router_with_parked_start()
    for minor, state in ((1, "Completed"), (2, "Running")):
        owner = Owner(f"Hub1x{minor}", state, NOON)
        await router.add_line_apart(LineId(1, minor), "nightly", owner)
    await router.catalog.add_claim(Claim("nightly", LineId(1, 1), NOON))
    found = await status(router.context, "nightly", StatusQuery())
    assert found["output"] == "Hub1x1"


async def test_start_that_lost_its_id_does_not_hide_the_instance() -> None:
    """It was parked for another line before that id was taken, and then cancelled."""
    router = await router_with_parked_start()
    router.orchestrations.end(park_id(PARKED_ID), "Terminated", "Its id was taken")
    assert (await shown(router))["runtimeStatus"] == "Terminated"
    await router.add_line_apart(LineId(1, 1), PARKED_ID, Owner("Hub1x1", "Completed", NOON))
    lost = await router.claim(PARKED_ID)
    await router.catalog.replace_claim(replace(lost, line=LineId(1, 1)))
    assert (await shown(router))["output"] == "Hub1x1"


async def test_status_is_read_without_a_new_snapshot() -> None:
    router = InMemoryRouter()  # whose clock lets a snapshot age at each look
    await router.register()
    name = "1-1-" + "0" * 32
    await router.add_line_apart(LineId(1, 1), name, Owner("Hub1x1", "Running", NOON))
    router.catalog.fail("lines", Unreadable("away"))
    found = await status(router.context, name, StatusQuery())
    assert found["output"] == "Hub1x1"
