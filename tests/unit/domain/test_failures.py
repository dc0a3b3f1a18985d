"""A refused operation is tried ever later, and its pause has a limit."""

from datetime import UTC, datetime, timedelta

from router.domain.failures import Failures, after, due_at, may_retry

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failed(*reasons: str, kind: str = "retire") -> Failures:
    """Return failures for these reasons, a second apart."""
    known: Failures | None = None
    for second, reason in enumerate(reasons):
        known = after(known, kind, reason, NOON + timedelta(seconds=second))
    assert known is not None
    return known


def test_first_failure_is_tried_again_at_once() -> None:
    assert due_at(failed("no"), MINUTE) == NOON


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [
        (due_at(known, MINUTE) - known.at) // MINUTE
        for known in (failed(*["no"] * count) for count in (2, 3, 4, 5, 8, 9, 100, 5000))
    ]
    assert pauses == [1, 2, 4, 8, 60, 60, 60, 60]


def test_only_the_same_kind_waits() -> None:
    known = failed("no", "no")
    assert not may_retry(known, "retire", MINUTE, known.at)
    assert may_retry(known, "retire", MINUTE, known.at + MINUTE)
    assert may_retry(known, "repair", MINUTE, known.at)
    assert may_retry(None, "retire", MINUTE, NOON)


def test_failures_of_another_kind_begin_a_new_count() -> None:
    assert after(failed("no", "no"), "repair", "no", NOON).count == 1


def test_a_repeated_reason_is_no_news() -> None:
    assert [failed(*reasons).is_news for reasons in (["a"], ["a", "a"], ["a", "b"])] == [
        True,
        False,
        True,
    ]
