"""Starts beyond the limits are refused before anything is done for them."""

import asyncio
from datetime import UTC, datetime

import pytest

from router.apps.parking_room import ParkingRoom
from router.domain.errors import Unavailable, Unreadable
from router.domain.version import LineId, RequestedVersion
from router.starts import service as starts
from router.starts.service import StartRequest
from tests.fakes.parked_inputs import InMemoryParkedInputs
from tests.fakes.router import LINE_ID, router_with_registered_line

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE, TWO, THREE = LineId(1, 0), LineId(2, 0), LineId(3, 0)


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inputs() -> InMemoryParkedInputs:
    return InMemoryParkedInputs(lambda: NOON)


async def code(room: ParkingRoom, line: LineId) -> str | None:
    try:
        await room.require(line)
    except Unavailable as refused:
        return f"{refused.status} {refused.code}"
    return None


async def test_limits_hold_for_a_line_and_in_all(inputs: InMemoryParkedInputs) -> None:
    await inputs.put(ONE, "x", "1")
    room = ParkingRoom(inputs, 3, 2, Clock())
    found = [await code(room, line) for line in (ONE, ONE, TWO, THREE)]
    assert found == [None, "429 too-many-parked", None, "429 too-many-parked"]


async def test_many_starts_count_once(inputs: InMemoryParkedInputs) -> None:
    clock = Clock()
    room = ParkingRoom(inputs, 1000, 1000, clock)
    await asyncio.gather(*(code(room, ONE) for _ in range(100)))
    assert len(inputs.calls("counts")) == 1


async def test_room_that_became_free_is_found(inputs: InMemoryParkedInputs) -> None:
    clock = Clock()
    reference = await inputs.put(ONE, "x", "1")
    room = ParkingRoom(inputs, 1, 1, clock)
    assert await code(room, ONE) == "429 too-many-parked"
    await inputs.delete(reference)
    clock.now = 6.0
    await code(room, ONE)
    await asyncio.sleep(0.01)  # it is counted in the background
    assert await code(room, ONE) is None


async def test_start_is_not_refused_because_counting_fails(inputs: InMemoryParkedInputs) -> None:
    inputs.fail("counts", Unreadable("away"))
    assert await code(ParkingRoom(inputs, 1, 1, Clock()), ONE) is None


async def test_refused_start_leaves_nothing_behind() -> None:
    router = await router_with_registered_line(ROUTER_MAX_PARKED_PER_LINE="1")
    for name in ("order-1", "order-2"):
        wanted = StartRequest(RequestedVersion(LINE_ID), "order", name, "1")
        if name == "order-1":
            assert (await starts.accept(router.context, wanted)).parked
            continue
        with pytest.raises(Unavailable) as refused:
            await starts.accept(router.context, wanted)
        assert refused.value.code == "too-many-parked"
    assert await router.catalog.claim("order-2") is None
    assert len(router.orchestrations.started) == len(router.parked_inputs.kept) == 1
