"""The form of a step's outcome, which orchestrations in flight rely on."""

import json

import pytest

from router.operations.outcomes import Done, Failed, Outcome, Waiting, as_json


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Done(), {"state": "done"}),
        (Waiting(2.5), {"state": "waiting", "seconds": 2.5}),
        (Failed("why"), {"state": "failed", "error": "why"}),
    ],
)
def test_outcome_as_json(outcome: Outcome, expected: object) -> None:
    assert json.loads(json.dumps(as_json(outcome))) == expected
