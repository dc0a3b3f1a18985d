"""Errors say whose fault it was, what to do next, and nothing more."""

import pytest

from router.domain.errors import Refusal, Unavailable, about
from router.domain.version import LineId


def test_a_refusal_is_a_problem_with_its_own_fields():
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


def test_what_is_unavailable_says_when_to_come_back():
    busy = Unavailable("upstream-unreachable", "Try again.", status=502, retry_after=7)
    assert (busy.status, busy.retry_after) == (502, 7)
    assert busy.as_problem()["retryAfterSeconds"] == 7


def test_an_error_tells_which_line_the_request_was_for():
    with pytest.raises(Refusal) as refused, about(LineId(1, 1)), about(None), about(LineId(1, 0)):
        raise Refusal(409, "wrong-state", "no")
    assert refused.value.about == "1.0"
    with pytest.raises(Refusal) as refused, about(None):
        raise Refusal(404, "unknown-instance", "no")
    assert refused.value.about is None
