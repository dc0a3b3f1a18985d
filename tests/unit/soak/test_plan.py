"""The plan of a soak, which follows from its seed."""

from collections import Counter

import pytest

from soak.plan import MIN_CYCLE, all_starts, plan


def test_plan_depends_on_the_seed_alone() -> None:
    assert plan(7, 400, 4) == plan(7, 400, 4)
    assert plan(7, 400, 4) != plan(8, 400, 4)


@pytest.mark.parametrize(
    ("starts", "cycles"), [(400, 4), (401, 4), (MIN_CYCLE, 1), (MIN_CYCLE * 3, 3), (10_000, 20)]
)
def test_every_start_is_planned_once_with_its_own_input(starts: int, cycles: int) -> None:
    found = list(all_starts(plan(7, starts, cycles)))
    assert [start.number for start in found] == list(range(1, starts + 1))
    assert len({str(start.value) for start in found}) == starts


@pytest.mark.parametrize(("starts", "cycles"), [(15, 4), (0, 1), (4, 0)])
def test_too_few_starts_for_the_cycles_are_refused(starts: int, cycles: int) -> None:
    with pytest.raises(ValueError, match="in each of them"):
        plan(7, starts, cycles)


@pytest.mark.parametrize("seed", range(20))
def test_plan_has_some_of_everything_for_any_seed(seed: int) -> None:
    cycles = plan(seed, 400, 4)
    starts = list(all_starts(cycles))
    patches = [patch for cycle in cycles for patch in cycle.patches]
    assert [cycle.release for cycle in cycles] == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
    assert Counter(patch.broken for patch in patches) == {False: 8, True: 2}
    assert [cycle.old for cycle in cycles] == [None, "1.0", "1.1", "1.2"]
    assert {len(cycle.returns) for cycle in cycles[1:]} == {3}
    assert 100 < sum(start.waits for start in starts) < 200
    assert 10 < sum(start.large for start in starts) < 60
    assert 40 < sum(start.own_id is not None for start in starts) < 110
    assert 15 < sum(bool(start.also) for start in starts) < 65
    assert any(start.line not in also for start in starts for also in start.also)


def test_returns_are_for_a_line_without_other_starts_by_then() -> None:
    for cycle in plan(7, 400, 4)[1:]:
        second_half = cycle.starts[len(cycle.starts) // 2 + 1 :]
        assert {start.line for start in cycle.returns} == {cycle.old}
        assert {start.line for start in second_half} == {cycle.release.removesuffix(".0")}


def test_only_waiting_instances_are_requested_twice() -> None:
    again = [start for start in all_starts(plan(7, 400, 4)) if start.also or start.own_id]
    assert all(start.waits and start.own_id for start in again)
    assert len({start.own_id for start in again}) == len(again)


def test_each_patch_is_newer_than_the_one_before() -> None:
    for number, cycle in enumerate(plan(7, 400, 4)):
        releases = [patch.release for patch in cycle.patches]
        assert releases == [f"1.{number}.{nth}" for nth in range(1, len(releases) + 1)]
        before = [patch.before for patch in cycle.patches]
        assert before == sorted(set(before))
        assert max(before) < len(cycle.starts)


def test_old_versions_that_are_requested_are_recent() -> None:
    for number, cycle in enumerate(plan(7, 2_000, 10)):
        lines = {int(start.line.removeprefix("1.")) for start in cycle.starts}
        assert lines <= set(range(max(0, number - 4), number + 1))
        assert len(lines) > min(number, 2)
