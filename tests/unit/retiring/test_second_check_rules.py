"""The look at the hub of a stopped app: a partial reading shows no absence of work."""

from datetime import UTC, datetime

import pytest

from router.domain.model import Blocker, BlockerKind, Drain, Verdict
from router.retiring.second_check_rules import Seen, seen

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verdict", "kinds", "expected"),
    [
        (Verdict.DRAINED, (), Seen.NO_WORK),
        (Verdict.DRAINED, (BlockerKind.SETTLING,), Seen.NO_WORK),
        (Verdict.BUSY, (BlockerKind.MESSAGE,), Seen.WORK),
        (Verdict.BUSY, (BlockerKind.INSTANCE, BlockerKind.UNREADABLE), Seen.WORK),
        (Verdict.UNKNOWN, (BlockerKind.SETTLING,), Seen.NOTHING_YET),
        (Verdict.UNKNOWN, (BlockerKind.UNREADABLE,), Seen.UNREADABLE),
    ],
)
def test_partial_reading_shows_nothing_but_work(
    verdict: Verdict, kinds: tuple[BlockerKind, ...], expected: Seen
) -> None:
    blockers = tuple(Blocker(kind, "why") for kind in kinds)
    assert seen(Drain(verdict, NOON, blockers)) is expected
