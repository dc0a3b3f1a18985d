"""The selection of calls by faults."""

import pytest

from emulator.arm.policies.faults import Fault, parse, show, take


def test_fault_applies_the_given_number_of_times() -> None:
    faults: tuple[Fault, ...] = (Fault("reset", times=2),)

    first, faults = take(faults, "GET", "/a")
    second, faults = take(faults, "GET", "/a")
    assert (first, second, faults) == (Fault("reset", times=2), Fault("reset", times=1), ())


def test_fault_skips_the_given_number_of_calls() -> None:
    first, left = take((Fault("reset", skip=1),), "GET", "/a")
    second, left = take(left, "GET", "/a")

    assert (first, second, left) == (None, Fault("reset"), ())


def test_fault_matches_method_and_path_ignoring_case() -> None:
    fault = Fault("reset", method="put", path="/sites/[^/]+$")
    calls = [
        ("GET", "/sites/a"),
        ("PUT", "/plans/a"),
        ("PUT", "/SITES/a/config"),
        ("PUT", "/Sites/a"),
    ]

    hits = [take((fault,), method, path)[0] for method, path in calls]
    assert hits == [None, None, None, fault]


def test_first_matching_fault_applies() -> None:
    one, other = Fault("reset", path="/a"), Fault("throttle")
    assert take((one, other), "GET", "/a") == (one, (other,))
    assert take((one, other), "GET", "/b") == (other, (one,))


def test_fault_json_round_trips() -> None:
    fault = Fault("status", "PUT", "/sites", skip=2, times=3, status=503, retry_after=7)
    assert parse(show(fault)) == fault


@pytest.mark.parametrize("body", [{}, {"effect": "explode"}, {"effect": "reset", "colour": "red"}])
def test_invalid_fault_json_is_rejected(body: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"effect|unknown"):
        parse(body)
