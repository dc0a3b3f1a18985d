"""Errors and their form as problems."""

import pytest

from router.domain.errors import Refusal, Unavailable, about
from router.domain.version import LineId


def test_refusal_becomes_a_problem_with_its_fields() -> None:
    refusal = Refusal(404, "unknown-version", "Ask for another.", knownVersions=["1.0.0"])
    assert refusal.as_problem() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Ask for another.",
        "code": "unknown-version",
        "knownVersions": ["1.0.0"],
    }
    assert refusal.retry_after is None
    assert str(refusal) == "Ask for another."


def test_unavailable_names_the_seconds_to_wait() -> None:
    busy = Unavailable("upstream-unreachable", "Try again.", status=502, retry_after=7)
    assert (busy.status, busy.retry_after) == (502, 7)
    assert busy.as_problem()["retryAfterSeconds"] == 7


def test_error_records_the_innermost_known_line() -> None:
    with pytest.raises(Refusal) as refused, about(LineId(1, 1)), about(None), about(LineId(1, 0)):
        raise Refusal(409, "wrong-state", "no")
    assert refused.value.about == "1.0"
    with pytest.raises(Refusal) as refused, about(None):
        raise Refusal(404, "unknown-instance", "no")
    assert refused.value.about is None
