"""The status of a parked start, before it arrives and after it was refused."""

from typing import Any

import pytest

from router.domain.errors import Refusal, Unavailable
from router.instances import changes
from router.instances.changes import Changed
from router.instances.status import status as instance_status
from router.ports import Answer, StatusQuery
from router.starts.parked_start import park_id
from tests.fakes.router import LINE_ID, PARKED_ID, InMemoryRouter, router_with_parked_start

QUERY = StatusQuery()
REFUSED = {"state": "rejected", "detail": "The app refused to start 'order' (status 400)."}


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router that holds one parked start."""
    return await router_with_parked_start()


async def status(router: InMemoryRouter, query: StatusQuery = QUERY) -> Any:
    return await instance_status(router.context, PARKED_ID, query)


async def test_parked_start_is_pending(router: InMemoryRouter) -> None:
    assert await status(router) == {
        "name": "order",
        "instanceId": PARKED_ID,
        "runtimeStatus": "Pending",
        "input": {"n": 1},
        "customStatus": {
            "router": {
                "line": "1.0",
                "waitingFor": "provisioning",
                "since": "2026-11-22T12:00:00Z",
                "step": None,
            }
        },
        "output": None,
        "createdTime": "2026-11-22T12:00:00Z",
        "lastUpdatedTime": "2026-11-22T13:00:00Z",
    }


async def test_input_is_shown_only_on_request(router: InMemoryRouter) -> None:
    assert (await status(router, StatusQuery(show_input=False)))["input"] is None


async def test_parked_start_takes_no_event_and_no_purge(router: InMemoryRouter) -> None:
    for change in (
        changes.raise_event(router.context, PARKED_ID, "go", b"1"),
        changes.purge(router.context, PARKED_ID),
    ):
        with pytest.raises(Unavailable) as refused:
            await change
        assert refused.value.code == "instance-parked"


async def test_refused_start_is_failed_until_it_is_purged(router: InMemoryRouter) -> None:
    router.orchestrations.end(park_id(PARKED_ID), "Completed", REFUSED)
    shown = await status(router)
    assert (shown["runtimeStatus"], shown["output"]) == ("Failed", REFUSED["detail"])
    assert shown["customStatus"] is None
    with pytest.raises(Refusal) as refused:
        await changes.terminate(router.context, PARKED_ID, "enough")
    assert refused.value.code == "instance-ended"
    purged = await changes.purge(router.context, PARKED_ID)
    assert purged == Changed(Answer(200, {}, b'{"instancesDeleted": 1}'), LINE_ID)
    with pytest.raises(Refusal, match="There is no instance"):
        await status(router)
