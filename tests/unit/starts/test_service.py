"""Accepting starts: which snapshot decides where one belongs, and which ids it may use."""

import time
from dataclasses import replace

import pytest

from router.domain.errors import Refusal
from router.domain.model import Owner
from router.domain.version import RequestedVersion
from router.ports import Answer
from router.routing.cache import SnapshotCache
from router.starts import service as starts
from router.starts.service import AcceptedStart, StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter


@pytest.fixture
def router() -> InMemoryRouter:
    """Return a router whose snapshots never get too old."""
    router = InMemoryRouter()
    snapshots = SnapshotCache(router.catalog, 10.0, router.now, lambda: 100.0, spacing=0.01)
    router.context = replace(router.context, snapshots=snapshots)
    return router


async def test_start_of_a_line_registered_since_is_accepted(router: InMemoryRouter) -> None:
    """Another router may have registered it."""
    assert (await router.context.snapshots.get()).lines == {}
    await router.register()
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", "order-17", "1")
    assert await starts.accept(router.context, wanted) == AcceptedStart(
        "order-17", LINE_ID, None, True
    )


@pytest.mark.parametrize(
    ("requested", "code"),
    [(RequestedVersion(LINE_ID), "unknown-version"), (None, "no-default-version")],
)
async def test_start_of_an_unknown_line_is_refused(
    router: InMemoryRouter, requested: RequestedVersion | None, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, StartRequest(requested, "order", None, "1"))
    assert refused.value.code == code
    assert router.orchestrations.started == {}


CHOSEN, GENERATED = "order-17", "1-0-" + "0" * 32


@pytest.mark.parametrize("name", [CHOSEN, GENERATED])
async def test_parked_id_is_not_parked_twice(router: InMemoryRouter, name: str) -> None:
    await router.register()
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", name, "1")
    assert (await starts.accept(router.context, wanted)).parked
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, wanted)
    assert (refused.value.status, refused.value.code) == (409, "instance-exists")


@pytest.mark.parametrize(
    ("name", "status"),
    [(CHOSEN, "Running"), (CHOSEN, "Completed"), (GENERATED, "Running")],
)
async def test_start_is_parked_only_if_the_existing_instance_ended(
    router: InMemoryRouter, name: str, status: str
) -> None:
    """Otherwise its line's app would refuse it after the 202."""
    line = await router.register()
    router.azure.owners[name] = Owner(line.task_hub, status, NOON)
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", name, "1")
    if status == "Completed":
        assert (await starts.accept(router.context, wanted)).parked
        start = router.parked(name).start
        assert (start.before, start.given) == (NOON, True)
        return
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, wanted)
    assert (refused.value.code, router.orchestrations.started) == ("instance-exists", {})


async def test_disabled_function_leaves_no_claim() -> None:
    router = InMemoryRouter(None, time.monotonic)
    await router.provision()
    await router.context.snapshots.refresh()
    message = b'{"Message": "The function \'order\' doesn\'t exist, is disabled, or is not"}'
    router.azure.answer("start", Answer(400, {}, message))
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", CHOSEN, "1")
    with pytest.raises(Refusal) as refused:
        await starts.accept(router.context, wanted)
    assert (refused.value.status, refused.value.code) == (409, "function-disabled")
    assert await router.catalog.claim(CHOSEN) is None
    assert CHOSEN not in str(router.orchestrations.started)  # nor is it parked
