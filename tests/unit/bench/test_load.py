"""The load generator: whose turn it is, and how much goes at once."""

import asyncio

from bench.load import in_turn, per_second


async def test_ways_take_turns_to_and_fro():
    taken: list[str] = []

    async def one() -> None:
        taken.append("a")

    async def other() -> None:
        taken.append("b")

    seconds = await in_turn([one, other], 3, 0)
    assert "".join(taken) == "abbaab"
    assert [len(each) for each in seconds] == [3, 3]


async def test_so_many_go_at_once_and_never_more():
    going, most, sent = 0, 0, 0

    async def send() -> None:
        nonlocal going, most, sent
        going, sent = going + 1, sent + 1
        most = max(most, going)
        await asyncio.sleep(0)
        going -= 1

    assert await per_second(send, 5, 23) > 0
    assert (most, sent) == (5, 23)
