"""Taking starts: by which picture one is placed, and under whose id."""

from dataclasses import replace

import pytest

from router.domain.errors import Refusal
from router.domain.model import Owner
from router.domain.version import RequestedVersion
from router.routing.cache import SnapshotCache
from router.starts import service as starts
from router.starts.parked_start import park_id
from router.starts.parking import ParkedStart
from router.starts.service import AcceptedStart, StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter


@pytest.fixture
def router() -> InMemoryRouter:
    """Return a router whose snapshots never get too old."""
    router = InMemoryRouter()
    snapshots = SnapshotCache(router.catalog, 10.0, router.now, lambda: 100.0, spacing=0.01)
    router.context = replace(router.context, snapshots=snapshots)
    return router


async def test_a_start_of_what_another_router_registered_a_moment_ago_is_taken(
    router: InMemoryRouter,
) -> None:
    assert (await router.context.snapshots.get()).lines == {}
    await router.register()
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", "order-17", "1")
    assert await starts.accept(router.context, wanted) == AcceptedStart(
        "order-17", LINE_ID, None, True
    )


@pytest.mark.parametrize(
    ("ask", "code"), [(RequestedVersion(LINE_ID), "unknown-version"), (None, "no-default-version")]
)
async def test_a_start_of_what_is_in_no_picture_is_refused(
    router: InMemoryRouter, ask: RequestedVersion | None, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, StartRequest(ask, "order", None, "1"))
    assert refused.value.code == code
    assert router.orchestrations.started == {}


GIVEN = ["order-17", "1-0-" + "0" * 32]  # one has the form of the router's own


@pytest.mark.parametrize("name", GIVEN)
async def test_an_id_that_is_parked_already_is_not_parked_twice_for_those_who_gave_it(
    router: InMemoryRouter, name: str
) -> None:
    await router.register()
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", name, "1")
    assert (await starts.accept(router.context, wanted)).parked
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, wanted)
    assert (refused.value.status, refused.value.code) == (409, "instance-exists")


@pytest.mark.parametrize(
    ("name", "status"),
    [(GIVEN[0], "Running"), (GIVEN[0], "Completed"), (GIVEN[1], "Running")],
)
async def test_a_start_is_parked_under_a_given_id_only_if_what_is_there_has_ended(
    router: InMemoryRouter, name: str, status: str
) -> None:
    """Else its line's app would refuse it, after its 202."""
    line = await router.register()
    router.azure.owners[name] = Owner(line.task_hub, status, NOON)
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", name, "1")
    if status == "Completed":
        assert (await starts.accept(router.context, wanted)).parked
        order = ParkedStart.from_dict(router.orchestrations.started[park_id(name)][1])
        assert (order.start.before, order.start.given) == (NOON, True)
        return
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, wanted)
    assert (refused.value.code, router.orchestrations.started) == ("instance-exists", {})
