"""A line whose app is away costs the router little, and the other lines nothing."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from router.domain.errors import RouterError, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.ports import Answer, Route
from router.starts import service as starts
from router.starts.outcomes import Forwarded, Waiting
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

HEALTHY = LineId(1, 1)
PER_SECOND, SECONDS = 1000, 3
SICK_START = StartRequest(RequestedVersion(LINE_ID), "order", None, "1")


async def accept(router: InMemoryRouter, line: LineId) -> tuple[bool, float]:
    """Start once on a line. Return whether it is parked, and the seconds."""
    began = time.monotonic()
    wanted = StartRequest(RequestedVersion(line), "order", None, "1")
    accepted = await starts.accept(router.context, wanted)
    return accepted.parked, time.monotonic() - began


@pytest.fixture
async def router() -> InMemoryRouter:
    """Return a router with a healthy line, and one whose app `failure` decides about."""
    router = InMemoryRouter(None, time.monotonic, ROUTER_FORWARD_SECONDS="3")
    await router.provision()
    await router.add_line_apart(HEALTHY, "other", Owner("Hub1x1", "Completed", NOON))
    line = await router.catalog.line(HEALTHY)
    assert line is not None
    sick = await router.catalog.line(LINE_ID)
    assert sick is not None
    await router.catalog.replace_line(replace(line, release=sick.release))
    await router.context.snapshots.refresh()
    return router


def break_app(router: InMemoryRouter, how: str) -> None:
    async def broken(route: Route, *_: Any, **__: Any) -> Any:
        if route.line != LINE_ID:
            return None
        if how == "hangs":
            await asyncio.sleep(3)
        if how == "answers 503":
            return Answer(503, {}, b"")
        raise Unavailable("upstream-unreachable", "It is away.", status=502)

    for call in ("ask", "start", "manage"):
        router.azure.before(call, broken)


async def notice_that_app_is_away(router: InMemoryRouter) -> None:
    break_app(router, "answers 503")
    line = await router.catalog.line(LINE_ID)
    assert line is not None
    while not router.context.apps.is_away(line):
        await asyncio.gather(*(accept(router, LINE_ID) for _ in range(30)))


@pytest.mark.parametrize("how", ["hangs", "answers 503", "refuses connections"])
async def test_thousand_starts_a_second_do_not_harm_another_line(
    router: InMemoryRouter, how: str
) -> None:
    break_app(router, how)
    sick: list[asyncio.Task[tuple[bool, float]]] = []
    healthy: list[tuple[bool, float]] = []
    read = len(router.catalog.calls("lines"))
    for _ in range(10 * SECONDS):
        sick += [asyncio.create_task(accept(router, LINE_ID)) for _ in range(PER_SECOND // 10)]
        await asyncio.sleep(0.1)
        healthy.append(await accept(router, HEALTHY))
    assert not any(parked for parked, _ in healthy)
    assert sorted(seconds for _, seconds in healthy)[len(healthy) // 2] < 0.3
    ended = await asyncio.gather(*sick)
    assert all(parked for parked, _ in ended)  # none is lost
    last = [seconds for _, seconds in ended[-PER_SECOND:]]
    assert max(last) < 2  # they do not wait for the app any more
    asked = len(router.azure.calls("ask"))
    assert asked < 2.5 * PER_SECOND  # those of the first moments, and then a probe in a while
    assert len(router.catalog.calls("lines")) - read < SECONDS


async def test_start_parked_while_away_is_forwarded_after_a_probe(router: InMemoryRouter) -> None:
    await notice_that_app_is_away(router)
    parked = await starts.accept(router.context, SICK_START)
    assert parked.parked
    outcome = await router.attempt(parked.instance_id)
    assert isinstance(outcome, Waiting)
    assert outcome.reason == "the line's app does not answer at the moment"
    for call in ("ask", "start", "manage"):
        router.azure.restore(call)
    await asyncio.sleep(5)
    assert await router.attempt(parked.instance_id) == Forwarded()
    assert await accept(router, LINE_ID) < (True, 1)


async def test_change_to_an_app_that_is_away_is_answered_at_once(router: InMemoryRouter) -> None:
    await notice_that_app_is_away(router)
    asked = len(router.azure.calls("ask"))
    router.azure.owners["1-0-" + "0" * 32] = Owner("Hub1x0", "Running", NOON)
    with pytest.raises(RouterError) as refused:
        await changes.suspend(router.context, "1-0-" + "0" * 32, None)
    assert (refused.value.status, refused.value.code) == (502, "upstream-unreachable")
    assert refused.value.retry_after
    assert len(router.azure.calls("ask")) == asked


async def test_parked_start_of_an_app_that_is_away_can_be_ended(router: InMemoryRouter) -> None:
    await notice_that_app_is_away(router)
    parked = await starts.accept(router.context, SICK_START)
    done = await changes.terminate(router.context, parked.instance_id, "enough")
    assert done.answer.status == 202


async def test_starts_on_a_draining_line_write_its_row_once(router: InMemoryRouter) -> None:
    line = await router.catalog.line(LINE_ID)
    assert line is not None
    await router.catalog.replace_line(replace(line, state=LineState.DRAINING))
    await router.context.snapshots.refresh()
    written = len(router.catalog.calls("replace_line"))
    found = await asyncio.gather(*(accept(router, LINE_ID) for _ in range(PER_SECOND)))
    assert not any(parked for parked, _ in found)
    assert len(router.catalog.calls("replace_line")) - written == 1
