"""Which call a fault hits."""

import pytest

from emulator.arm.policies.faults import Fault, parse, show, take


def test_a_fault_hits_as_often_as_it_says_and_is_gone():
    faults = (Fault("reset", times=2),)

    first, faults = take(faults, "GET", "/a")
    second, faults = take(faults, "GET", "/a")
    assert (first, second, faults) == (Fault("reset", times=2), Fault("reset", times=1), ())


def test_a_fault_lets_the_calls_pass_that_it_skips():
    first, left = take((Fault("reset", skip=1),), "GET", "/a")
    second, left = take(left, "GET", "/a")

    assert (first, second, left) == (None, Fault("reset"), ())


def test_a_fault_hits_only_its_method_and_path_without_case():
    fault = Fault("reset", method="put", path="/sites/[^/]+$")
    calls = [
        ("GET", "/sites/a"),
        ("PUT", "/plans/a"),
        ("PUT", "/SITES/a/config"),
        ("PUT", "/Sites/a"),
    ]

    hits = [take((fault,), method, path)[0] for method, path in calls]
    assert hits == [None, None, None, fault]


def test_the_first_matching_fault_hits_and_the_others_wait():
    one, other = Fault("reset", path="/a"), Fault("throttle")
    assert take((one, other), "GET", "/a") == (one, (other,))
    assert take((one, other), "GET", "/b") == (other, (one,))


def test_a_fault_is_read_as_it_is_shown():
    fault = Fault("status", "PUT", "/sites", skip=2, times=3, status=503, retry_after=7)
    assert parse(show(fault)) == fault


@pytest.mark.parametrize("body", [{}, {"effect": "explode"}, {"effect": "reset", "colour": "red"}])
def test_what_is_no_fault_is_refused(body):
    with pytest.raises(ValueError, match=r"effect|unknown"):
        parse(body)
