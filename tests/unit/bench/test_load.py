"""The load generator: turns, and concurrent requests."""

import asyncio

from bench.load import in_turn, per_second


async def test_ways_take_turns_forth_and_back() -> None:
    taken: list[str] = []

    async def one() -> None:
        taken.append("a")

    async def other() -> None:
        taken.append("b")

    seconds = await in_turn([one, other], 3, 0)
    assert "".join(taken) == "abbaab"
    assert [len(each) for each in seconds] == [3, 3]


async def test_requests_in_flight_equal_the_connections() -> None:
    in_flight, most, sent = 0, 0, 0

    async def send() -> None:
        nonlocal in_flight, most, sent
        in_flight, sent = in_flight + 1, sent + 1
        most = max(most, in_flight)
        await asyncio.sleep(0)
        in_flight -= 1

    assert await per_second(send, 5, 23) > 0
    assert (most, sent) == (5, 23)
