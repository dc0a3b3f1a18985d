"""After a parked start was ended its id is free once nothing of it can come any more."""

import asyncio
import itertools
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Unavailable, Unreadable
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.lines import actions
from router.ports import Answer
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.outcomes import Cancelled, Superseded
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import AcceptedStart, StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

NAME = "order-17"
AGAIN = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "2")
TERMINATE = partial(changes.terminate, reason="enough")
PURGE = changes.purge
LONG = 3600.0


@pytest.fixture
async def router(monkeypatch: pytest.MonkeyPatch) -> InMemoryRouter:
    """With one start that was ended while it was parked, a moment ago, and its line up since."""
    monkeypatch.setattr(cancellation, "_POLL", 0.0)
    router = InMemoryRouter(
        monotonic=time.monotonic, ROUTER_MARGIN_SECONDS="0.2", ROUTER_POLL_SECONDS="0.05"
    )
    router.orchestrations.at = NOON
    await router.register()
    await starts.accept(router.context, StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1"))
    await TERMINATE(router.context, NAME)
    await actions.revive(router.context, LINE_ID)
    await router.finish_operations()
    await router.context.snapshots.refresh()
    return router


def order(router: InMemoryRouter) -> ParkedStart:
    return ParkedStart.from_dict(router.orchestrations.started[park_id(NAME)][1])


async def asleep(router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch) -> asyncio.Task[Any]:
    """A lap that waits for what may be late: it has looked for it, and not found it."""
    has_looked, look = asyncio.Event(), router.context.forwarding.has_arrived

    async def looked(start: Start) -> bool:
        has_looked.set()
        return await look(start)

    monkeypatch.setattr(router.context.forwarding, "has_arrived", looked)
    lap = asyncio.create_task(parking.bring_to_line(router.context, order(router)))
    await has_looked.wait()
    assert not lap.done()
    return lap


async def turned_away(router: InMemoryRouter) -> Unavailable:
    with pytest.raises(Unavailable) as told:
        await starts.accept(router.context, AGAIN)
    assert (told.value.status, told.value.code) == (503, "id-withdrawn")
    return told.value


async def test_the_id_of_a_start_that_was_ended_is_free_a_while_later(
    router: InMemoryRouter,
) -> None:
    after = (await turned_away(router)).retry_after
    assert after is not None
    router.azure.pass_time(after - 2)
    await turned_away(router)
    assert router.azure.started == []
    router.azure.pass_time(2)
    assert await starts.accept(router.context, AGAIN) == AcceptedStart(
        NAME, LINE_ID, "1.0.2", False
    )


async def test_nor_has_another_line_the_id_sooner(router: InMemoryRouter) -> None:
    """However long ago it was claimed: it was parked until now."""
    held = await router.catalog.claim(NAME)
    assert held is not None
    await router.catalog.replace_claim(
        Claim(NAME, LineId(1, 1), NOON.replace(hour=1), etag=held.etag)
    )
    await turned_away(router)


async def test_what_is_known_of_it_is_not_purged_sooner(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> Answer:
        return Answer(404, {}, b"")

    monkeypatch.setattr(router.azure, "manage", unknown)
    with pytest.raises(Unavailable) as told:
        await PURGE(router.context, NAME)
    assert told.value.code == "id-withdrawn"
    await turned_away(router)
    router.azure.pass_time(LONG)
    assert (await PURGE(router.context, NAME)).answer.status == 200


async def test_a_lap_that_is_delivered_once_more_leaves_a_later_start_alone(
    router: InMemoryRouter,
) -> None:
    ended = order(router)
    assert await cancellation.state_of(router.context, ended) is ParkedState.CANCELLED
    router.azure.pass_time(LONG)
    await starts.accept(router.context, AGAIN)
    assert await parking.bring_to_line(router.context, ended) == Superseded()
    assert [each.name for each in router.azure.work] == [NAME]


async def test_a_lap_that_slept_too_long_leaves_a_later_start_alone(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(router, monkeypatch)
    router.azure.pass_time(LONG)
    await starts.accept(router.context, AGAIN)
    await lap
    assert [each.name for each in router.azure.work] == [NAME]


async def test_one_that_arrives_late_is_ended(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lap = await asleep(router, monkeypatch)
    await router.azure.start(None, "order", NAME)
    assert await lap == Cancelled()
    assert router.azure.work == []


async def test_it_is_ended_also_if_the_store_was_away_at_the_first_look(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = itertools.count(), router.azure.owner

    async def owner(instance_id: str) -> Owner | None:
        if next(looks) == 0:
            raise Unreadable(instance_id)
        return await look(instance_id)

    await router.azure.start(None, "order", NAME)
    monkeypatch.setattr(router.azure, "owner", owner)
    assert await parking.bring_to_line(router.context, order(router)) == Cancelled()
    assert router.azure.work == []


async def test_those_that_were_ended_keep_no_other_from_being_sent(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    router.context = replace(router.context, limits=Limits(router.context.monotonic, sending=1))
    lap = await asleep(router, monkeypatch)
    async with router.context.limits.sending_slot(LINE_ID) as is_due:
        assert is_due
        assert not lap.done()
    await lap
