"""Errors say whose fault it was, what to do next, and nothing more."""

from router.core.errors import Refusal, Unavailable


def test_a_refusal_is_a_problem_with_its_own_fields():
    refusal = Refusal(404, "unknown-version", "Ask for another.", knownVersions=["1.0.0"])
    assert refusal.as_problem() == {
        "type": "https://github.com/durable-functions-router/docs/problems#unknown-version",
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
