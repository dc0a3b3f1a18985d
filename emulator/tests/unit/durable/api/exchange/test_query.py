"""Query values are parsed as leniently as in the real extension."""

import pytest

from emulator.durable.api.exchange.query import Query


def test_query_names_are_case_insensitive() -> None:
    query = Query("ShowInput=False&TOP=5&createdTimeFrom=2026-01-02T03:04:05Z&reason=hold+on&x=")
    assert query.flag("showInput", default=True) is False
    assert query.number("top") == 5
    assert str(query.time("createdTimeFrom")) == "2026-01-02 03:04:05+00:00"
    assert query.text("reason") == "hold on"
    assert query.text("x") == ""
    assert query.text("nothing") is None


def test_invalid_values_count_as_absent() -> None:
    query = Query("top=x&createdTimeFrom=yesterday&showInput=maybe&timeout=soon")
    assert query.number("top") is None
    assert query.time("createdTimeFrom") is None
    assert query.flag("showInput", default=True) is True
    assert query.seconds("timeout") is None


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("runtimeStatus=Running,Failed", ("Running", "Failed")),
        ("runtimeStatus=Running&runtimeStatus=Pending", ("Running", "Pending")),
        ("runtimeStatus=running,nonsense", ()),
        ("runtimeStatus=0,7", ("Running", "Suspended")),
        ("runtimeStatus=99", ("99",)),
        ("", ()),
    ],
)
def test_statuses_match_exact_case_or_number(text: str, statuses: tuple[str, ...]) -> None:
    assert Query(text).statuses("runtimeStatus") == statuses


def test_time_with_unescaped_plus_is_parsed() -> None:
    parsed = Query("createdTimeFrom=2026-01-02T03:04:05+01:00").time("createdTimeFrom")
    assert str(parsed) == "2026-01-02 03:04:05+01:00"
