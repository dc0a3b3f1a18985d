"""Among parked starts a few wait, fewer are sent at once, and one looks after an operation."""

import itertools

from router.apps.limits import Limits
from router.domain.version import LineId

ONE, TWO = LineId(1, 0), LineId(2, 0)


async def test_who_finds_no_room_to_wait_is_told_so_at_once() -> None:
    turns = Limits(lambda: 0.0, waiting=1)
    async with turns.to_wait() as first, turns.to_wait() as second:
        assert (first, second) == (True, False)
    async with turns.to_wait() as later:
        assert later


async def test_a_line_that_takes_long_keeps_no_other_from_its_turn() -> None:
    turns = Limits(lambda: 0.0, sent=1)
    async with turns.to_be_sent(ONE) as first, turns.to_be_sent(TWO) as of_another_line:
        assert first
        assert of_another_line
        async with turns.to_be_sent(ONE) as second:
            assert not second
    async with turns.to_be_sent(ONE) as later:
        assert later


def test_one_looks_after_an_operation_for_all_and_again_after_a_while() -> None:
    turns = Limits(map(float, itertools.count(step=8)).__next__)
    assert [turns.to_look("patch-1-0-2") for _ in range(4)] == [True, False, False, True]
    assert turns.to_look("patch-2-0-2")
