"""The status of an instance, which a parked start under the same id may hide."""

from typing import Any

from router.domain.model import Owner
from router.domain.version import RequestedVersion
from router.instances.status import status
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


async def test_parked_start_hides_the_ended_instance_of_its_id() -> None:
    """The ended one belongs to an earlier start."""
    router = await router_with_parked_start()
    router.orchestrations.end(park_id(PARKED_ID), "Completed", {"state": "forwarded"})
    ended = {"runtimeStatus": "Completed", "instanceId": PARKED_ID}
    router.azure.statuses[PARKED_ID] = ended
    router.azure.owners[PARKED_ID] = Owner("Hub1x0", "Completed", NOON)
    assert await shown(router) == ended
    router.azure.pass_time(3600)
    again = StartRequest(RequestedVersion(LINE_ID), "order", PARKED_ID, "2")
    await starts.accept(router.context, again)
    assert (await shown(router))["runtimeStatus"] == "Pending"
    router.azure.owners[PARKED_ID] = Owner("Hub1x0", "Completed", AT)
    assert await shown(router) == ended
