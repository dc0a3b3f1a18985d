"""Among parked starts a few wait, fewer are sent at once, and one looks after an operation."""

import itertools

from router.apps.limits import Limits
from router.domain.version import LineId

ONE, TWO = LineId(1, 0), LineId(2, 0)


async def test_who_finds_no_room_to_wait_is_told_so_at_once() -> None:
    limits = Limits(lambda: 0.0, waiting=1)
    async with limits.waiting_slot() as first, limits.waiting_slot() as second:
        assert (first, second) == (True, False)
    async with limits.waiting_slot() as later:
        assert later


async def test_a_line_that_takes_long_keeps_no_other_from_its_turn() -> None:
    limits = Limits(lambda: 0.0, sending=1)
    async with limits.sending_slot(ONE) as first, limits.sending_slot(TWO) as of_another_line:
        assert first
        assert of_another_line
        async with limits.sending_slot(ONE) as second:
            assert not second
    async with limits.sending_slot(ONE) as later:
        assert later


def test_one_looks_after_an_operation_for_all_and_again_after_a_while() -> None:
    limits = Limits(map(float, itertools.count(step=8)).__next__)
    assert [limits.may_check("patch-1-0-2") for _ in range(4)] == [True, False, False, True]
    assert limits.may_check("patch-2-0-2")
