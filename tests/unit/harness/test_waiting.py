"""Waiting whose patience is measured by progress."""

import itertools

import pytest

from harness.waiting import NoProgressError, Patience, until


def impatient() -> Patience:
    return Patience(seconds=0, checks=3)


async def test_wait_returns_the_first_good_observation() -> None:
    numbers = itertools.count()

    async def check() -> int:
        return next(numbers)

    assert await until(check, lambda seen: seen == 50, patience=impatient(), poll_seconds=0) == 50


async def test_wait_without_change_gives_up_with_the_last_observation() -> None:
    numbers = itertools.chain(range(10), itertools.repeat(10))

    async def check() -> int:
        return next(numbers)

    with pytest.raises(NoProgressError, match="last seen: 10"):
        await until(check, lambda seen: seen == 50, patience=impatient(), poll_seconds=0)


async def test_wait_goes_by_the_given_measure_of_progress() -> None:
    """A time that changes with every check is no progress."""
    numbers = itertools.count()

    async def check() -> int:
        return next(numbers)

    with pytest.raises(NoProgressError, match="last seen: 3"):
        await until(
            check,
            lambda seen: seen == 50,
            progress=lambda _: "the same",
            patience=impatient(),
            poll_seconds=0,
        )


def test_patience_needs_both_seconds_and_checks() -> None:
    """On a starved machine the seconds pass with few checks."""
    few_checks, few_seconds = Patience(seconds=0, checks=3), Patience(seconds=3600, checks=0)
    assert [few_checks.exhausted_by("x") for _ in range(4)] == [False, False, False, True]
    assert not any(few_seconds.exhausted_by("x") for _ in range(100))
