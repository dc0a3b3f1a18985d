"""The presentation of figures."""

from datetime import UTC, datetime

import pytest

from bench import report
from bench.figure import Figure, at_least, at_most
from bench.machine import Machine

MACHINE = Machine(
    at=datetime(2026, 11, 22, 15, 30, tzinfo=UTC),
    cores=2,
    memory_gib=23.5,
    python="3.11.7",
    node="20.20.2",
    azurite="3.37.0",
    load=0.25,
)
WHERE = (
    "2026-11-22 15:30 UTC, 2 cores, 24 GiB, Python 3.11.7, Node 20.20.2, Azurite 3.37.0, "
    "load before the run 0.2"
)
HIT = Figure("hops", at_most(1.25), 1.1, "router 5 ms, bare 4.5 ms")
MISS = Figure("rates", at_least(0.8), 0.5, "router 50/s, bare 100/s")


def test_page_keeps_text_outside_its_markers() -> None:
    page = "# Measured\n\n<!-- measured -->\nold\n<!-- /measured -->\n\nBy hand.\n"
    assert report.replace_figures(page, MACHINE, [HIT, MISS]) == (
        "# Measured\n\n<!-- measured -->\n"
        f"{WHERE}.\n\n"
        "| | figure | target | measured | |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| 1 | hops | ≤ 1.25 | 1.10 | met |\n"
        "| 2 | rates | ≥ 0.8 | 0.50 | **missed** |\n\n"
        "Details:\n\n"
        "1. router 5 ms, bare 4.5 ms.\n"
        "2. router 50/s, bare 100/s.\n"
        "<!-- /measured -->\n\nBy hand.\n"
    )


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks its markers"):
        report.replace_figures("# Measured\n<!-- measured -->\n", MACHINE, [HIT])


def test_table_lists_met_missed_and_failed_measurements() -> None:
    assert report.as_text(MACHINE, [HIT, MISS], {"demo": "it broke"}) == (
        f"Measured on {WHERE}\n\n"
        "hops\n"
        "              1.10   target ≤ 1.25             met\n"
        "    router 5 ms, bare 4.5 ms\n"
        "rates\n"
        "              0.50   target ≥ 0.8              MISSED\n"
        "    router 50/s, bare 100/s\n"
        "demo: not measured: it broke\n\n"
        "1 of 2 targets met"
    )


def test_json_has_the_values() -> None:
    found = report.as_json(MACHINE, [MISS], {})
    assert found["figures"] == [
        {
            "what": "rates",
            "value": 0.5,
            "unit": "",
            "target": "≥ 0.8",
            "met": False,
            "detail": "router 50/s, bare 100/s",
        }
    ]
    assert (found["machine"]["at"], found["failures"]) == ("2026-11-22T15:30:00+00:00", {})
