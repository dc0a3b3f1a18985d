"""The form of an attempt's outcome, which orchestrations in flight rely on."""

import json

import pytest

from router.starts.outcomes import (
    Cancelled,
    Forwarded,
    Outcome,
    Rejected,
    Superseded,
    Waiting,
    as_json,
    rejection,
)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Forwarded(), {"state": "forwarded"}),
        (Rejected("why"), {"state": "rejected", "detail": "why"}),
        (Waiting(2.5), {"state": "waiting", "seconds": 2.5, "reason": None}),
        (
            Waiting(1.0, "no capacity"),
            {"state": "waiting", "seconds": 1.0, "reason": "no capacity"},
        ),
        (Cancelled(), {"state": "cancelled"}),
        (Superseded(), {"state": "superseded"}),
    ],
)
def test_outcome_as_json(outcome: Outcome, expected: object) -> None:
    assert json.loads(json.dumps(as_json(outcome))) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (as_json(Rejected("why")), "why"),
        (as_json(Forwarded()), None),
        (None, None),
        ("text", None),
    ],
)
def test_rejection_is_read_from_an_orchestrations_output(
    output: object, expected: str | None
) -> None:
    assert rejection(output) == expected
