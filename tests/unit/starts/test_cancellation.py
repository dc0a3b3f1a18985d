"""A cancelled start does not run, and its id is free once it can no longer arrive."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from router.apps.limits import Limits
from router.domain.errors import Unavailable, Unreadable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.instances.changes import Changed
from router.instances.status import status
from router.line_rows import get_line
from router.ports import Answer, StatusQuery
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.outcomes import Cancelled, Superseded
from router.starts.parked_start import park_id
from router.starts.service import AcceptedStart, StartRequest
from tests.fakes.router import (
    LINE_ID,
    NOON,
    PARKED_ID,
    InMemoryRouter,
    router_with_parked_start,
)

AGAIN = StartRequest(RequestedVersion(LINE_ID), "order", PARKED_ID, "2")
LONG = 3600.0
terminate = partial(changes.terminate, instance_id=PARKED_ID, reason="enough")
purge = partial(changes.purge, instance_id=PARKED_ID)


@pytest.fixture
async def parked() -> InMemoryRouter:
    """A router that holds one parked start."""
    return await router_with_parked_start(ROUTER_MARGIN_SECONDS="0")


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router that has just cancelled a parked start, and whose line has come up since."""
    router = await router_with_parked_start(ROUTER_MARGIN_SECONDS="0.2")
    router.orchestrations.at = NOON
    await terminate(router.context)
    await router.bring_line_up()
    return router


async def attempt_awaiting_arrival(router: InMemoryRouter) -> asyncio.Task[Any]:
    """Begin an attempt that has not found the instance, and waits in case it arrives late."""
    has_checked = asyncio.Event()

    async def checked(_: str) -> None:
        has_checked.set()

    router.azure.after("owner", checked)
    attempt = asyncio.create_task(router.attempt(PARKED_ID))
    await has_checked.wait()
    assert not attempt.done()
    return attempt


async def rejected(router: InMemoryRouter) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        await starts.accept(router.context, AGAIN)
    assert (refused.value.status, refused.value.code) == (503, "id-withdrawn")
    return refused.value


async def test_terminated_parked_start_is_never_forwarded(parked: InMemoryRouter) -> None:
    assert await terminate(parked.context) == Changed(Answer(202, {}, b""), LINE_ID)
    shown = await status(parked.context, PARKED_ID, StatusQuery())
    assert (shown["runtimeStatus"], shown["output"]) == ("Terminated", "enough")
    line = await get_line(parked.context.catalog, LINE_ID)
    assert line.operation is None
    await parked.bring_line_up()
    assert await parked.attempt(PARKED_ID) == Cancelled()
    assert parked.azure.started == []


async def test_start_cancelled_while_being_forwarded_is_terminated(parked: InMemoryRouter) -> None:
    await parked.bring_line_up()

    async def cancel(*_: Any, **__: Any) -> None:
        assert await cancellation.cancel(parked.context, parked.parked(PARKED_ID), "enough")

    parked.azure.before("start", cancel)
    await parked.attempt(PARKED_ID)
    assert parked.azure.started == [PARKED_ID]
    assert parked.azure.work == []  # its app was asked to end it


async def test_start_that_has_arrived_is_not_cancelled(parked: InMemoryRouter) -> None:
    parked.azure.owners[PARKED_ID] = Owner("Hub1x0", "Running", NOON)
    assert not await cancellation.cancel(parked.context, parked.parked(PARKED_ID), "enough")


async def test_unconfirmed_cancellation_is_to_be_retried() -> None:
    """Each reading of this router's clock is 16 s later, so the deadline passes at once."""
    router = InMemoryRouter(ROUTER_POLL_SECONDS="0.05")
    await router.register()
    await starts.accept(router.context, AGAIN)
    router.orchestrations.ignores_terminate = True
    with pytest.raises(Unavailable) as refused:
        await terminate(router.context)
    assert refused.value.code == "instance-parked"


async def test_cancellation_waits_for_the_end_of_the_orchestration(parked: InMemoryRouter) -> None:
    has_requested = asyncio.Event()

    async def requested(*_: str) -> None:
        has_requested.set()

    parked.orchestrations.ignores_terminate = True
    parked.orchestrations.after("terminate", requested)
    terminated = asyncio.create_task(terminate(parked.context))
    await has_requested.wait()
    assert not terminated.done()
    parked.orchestrations.end(park_id(PARKED_ID), "Terminated", "enough")
    assert (await terminated).answer.status == 202


async def test_state_of_a_start_whose_id_was_parked_again(parked: InMemoryRouter) -> None:
    """An attempt at the earlier one, delivered late, leaves the later one alone."""
    earlier = parked.parked(PARKED_ID)
    start = replace(earlier.start, value="2")
    assert await cancellation.state_of(parked.context, earlier) is ParkedState.PARKED
    parked.orchestrations.end(park_id(PARKED_ID), "Terminated", "enough")
    assert await cancellation.state_of(parked.context, earlier) is ParkedState.CANCELLED
    later = await parking.park(parked.context, start, earlier.requested)
    assert later is not None
    assert await cancellation.state_of(parked.context, earlier) is ParkedState.OVER
    assert await cancellation.state_of(parked.context, later) is ParkedState.PARKED


async def test_id_of_a_cancelled_start_is_free_after_a_while(router: InMemoryRouter) -> None:
    after = (await rejected(router)).retry_after
    assert after is not None
    router.azure.pass_time(after - 2)
    await rejected(router)
    assert router.azure.started == []
    router.azure.pass_time(2)
    accepted = await starts.accept(router.context, AGAIN)
    assert accepted == AcceptedStart(PARKED_ID, LINE_ID, "1.0.2", False)


async def test_another_line_gets_the_id_no_sooner(router: InMemoryRouter) -> None:
    """However old its claim is, the start was parked until now."""
    held = await router.claim(PARKED_ID)
    await router.catalog.replace_claim(
        Claim(PARKED_ID, LineId(1, 1), NOON.replace(hour=1), etag=held.etag)
    )
    await rejected(router)


async def test_cancelled_start_is_purged_no_sooner(router: InMemoryRouter) -> None:
    router.azure.answer("manage", Answer(404, {}, b""))
    with pytest.raises(Unavailable) as refused:
        await purge(router.context)
    assert refused.value.code == "id-withdrawn"
    await rejected(router)
    router.azure.pass_time(LONG)
    assert (await purge(router.context)).answer.status == 200


async def test_redelivered_attempt_leaves_a_later_start_alone(router: InMemoryRouter) -> None:
    cancelled = router.parked(PARKED_ID)
    assert await cancellation.state_of(router.context, cancelled) is ParkedState.CANCELLED
    router.azure.pass_time(LONG)
    await starts.accept(router.context, AGAIN)
    assert await parking.bring_to_line(router.context, cancelled) == Superseded()
    assert [each.name for each in router.azure.work] == [PARKED_ID]


async def test_delayed_attempt_leaves_a_later_start_alone(router: InMemoryRouter) -> None:
    attempt = await attempt_awaiting_arrival(router)
    router.azure.pass_time(LONG)
    await starts.accept(router.context, AGAIN)
    await attempt
    assert [each.name for each in router.azure.work] == [PARKED_ID]


async def test_late_arrival_is_terminated(router: InMemoryRouter) -> None:
    attempt = await attempt_awaiting_arrival(router)
    await router.azure.start(None, "order", PARKED_ID)
    assert await attempt == Cancelled()
    assert router.azure.work == []


async def test_late_arrival_is_terminated_after_a_storage_error(router: InMemoryRouter) -> None:
    await router.azure.start(None, "order", PARKED_ID)
    router.azure.fail("owner", Unreadable(PARKED_ID), times=1)
    assert await router.attempt(PARKED_ID) == Cancelled()
    assert router.azure.work == []


async def test_waiting_for_a_late_arrival_takes_no_sending_slot(router: InMemoryRouter) -> None:
    router.context = replace(router.context, limits=Limits(router.context.monotonic, sending=1))
    attempt = await attempt_awaiting_arrival(router)
    async with router.context.limits.sending_slot(LINE_ID) as has_slot:
        assert has_slot
        assert not attempt.done()
    await attempt
