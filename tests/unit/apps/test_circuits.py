"""Calls to an app decide whether the next ones are sent."""

import asyncio

import pytest

from router.apps.circuits import Circuits
from router.domain.errors import Unavailable
from router.ports import Answer

APP = "orders-1-0"


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def answer(status: int) -> Answer:
    return Answer(status, {}, b"")


async def fail() -> Answer:
    raise Unavailable("upstream-unreachable", "It is away.", status=502)


async def fail_for_long(circuits: Circuits, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(Unavailable):
            await circuits.observe(APP, fail())
        clock.now += 1


@pytest.mark.parametrize(
    ("status", "away"),
    [(403, True), (502, True), (503, True), (504, True), (401, False), (500, False)],
)
async def test_answers_of_the_front_end_are_failures(status: int, away: bool) -> None:
    clock = Clock()
    circuits = Circuits(clock)
    for _ in range(5):
        await circuits.observe(APP, answer(status))
        clock.now += 0.9
    assert circuits.is_away(APP) is away


async def test_one_caller_gets_the_probe() -> None:
    clock = Clock()
    circuits = Circuits(clock)
    await fail_for_long(circuits, clock)
    clock.now += 5
    assert [circuits.admit(APP) for _ in range(3)] == [True, False, False]
    assert circuits.is_open(APP)
    assert circuits.admit("another app")
    await circuits.observe(APP, answer(202))
    assert [circuits.admit(APP) for _ in range(3)] == [True] * 3


async def test_call_that_is_out_of_time_is_a_failure() -> None:
    clock = Clock()
    circuits = Circuits(clock)

    async def hang() -> Answer:
        await asyncio.sleep(60)
        raise AssertionError

    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await circuits.observe(APP, hang())
        clock.now += 0.6
    assert circuits.is_away(APP)


async def test_app_without_keys_counts_as_away() -> None:
    clock = Clock()
    circuits = Circuits(clock)
    for _ in range(5):
        circuits.fail(APP)
        clock.now += 0.6
    assert circuits.is_away(APP)
