"""The soak's report, and its parts that need no system."""

import io
import zipfile
from itertools import islice
from random import Random

from soak.chaos import dealt
from soak.package import package
from soak.report import Result, as_json, as_text, not_exercised

WELL = Result(7, 400, 4, 151.25, {"starts answered 202": 400, "retirements": 7}, ())


def test_report_of_success() -> None:
    assert as_text(WELL) == (
        "Seed 7, 400 starts, 4 cycles: 151 s\n\n"
        "  starts answered 202     400\n"
        "  retirements               7\n\n"
        "Every start is accounted for exactly once. Nothing is left behind."
    )


def test_report_lists_problems_last() -> None:
    result = Result(7, 400, 4, 151.25, {"retirements": 7}, ("a is lost", "b is duplicated"))
    assert as_text(result) == (
        "Seed 7, 400 starts, 4 cycles: 151 s\n\n"
        "  retirements       7\n\n"
        "2 problems:\n"
        "  a is lost\n"
        "  b is duplicated"
    )


def test_json_report() -> None:
    assert as_json(WELL) == {
        "seed": 7,
        "starts": 400,
        "cycles": 4,
        "seconds": 151.2,
        "counts": {"starts answered 202": 400, "retirements": 7},
        "problems": [],
    }


def test_run_that_exercises_too_little_is_a_problem() -> None:
    assert not_exercised({"kills": 1, "revivals": 0}, ["kills", "revivals", "rollbacks"]) == [
        "not exercised: no revivals",
        "not exercised: no rollbacks",
    ]


def test_every_card_is_dealt_before_one_repeats() -> None:
    cards = islice(dealt(Random(7), "abc"), 9)
    assert [sorted(islice(cards, 3)) for _ in range(3)] == [["a", "b", "c"]] * 3


def test_package_is_reproducible_and_a_broken_one_cannot_load() -> None:
    assert package("1.0.1") == package("1.0.1")
    assert package("1.0.1") != package("1.0.2")
    with zipfile.ZipFile(io.BytesIO(package("1.0.2", broken=True))) as broken:
        assert broken.read("function_app.py") == b"import no_such_module\n"
        assert broken.read("release.txt") == b"1.0.2"
