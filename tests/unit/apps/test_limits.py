"""Parked starts share limited slots, and one of them checks an operation for all."""

import itertools

from router.apps.limits import Limits
from router.domain.version import LineId

ONE, TWO = LineId(1, 0), LineId(2, 0)


async def test_waiting_slot_is_refused_at_once_when_none_is_free() -> None:
    limits = Limits(lambda: 0.0, waiting=1)
    async with limits.waiting_slot() as first, limits.waiting_slot() as second:
        assert (first, second) == (True, False)
    async with limits.waiting_slot() as later:
        assert later


async def test_slow_line_does_not_use_slots_of_other_lines() -> None:
    limits = Limits(lambda: 0.0, sending=1)
    async with limits.sending_slot(ONE) as first, limits.sending_slot(TWO) as of_another_line:
        assert first
        assert of_another_line
        async with limits.sending_slot(ONE) as second:
            assert not second
    async with limits.sending_slot(ONE) as later:
        assert later


def test_operation_is_checked_by_one_caller_per_interval() -> None:
    limits = Limits(map(float, itertools.count(step=8)).__next__)
    assert [limits.may_check("patch-1-0-2") for _ in range(4)] == [True, False, False, True]
    assert limits.may_check("patch-2-0-2")
