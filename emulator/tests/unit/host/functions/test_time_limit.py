"""The time limit of calls."""

import pytest

from emulator.host.errors import PackageFailed
from emulator.host.functions.time_limit import span_text, time_limit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:05:00", 300),
        ("1.02:03:04", 93_784),
        ("00:10", 600),
        ("-1", None),
        ("-1.00:00:00", None),
        ("", 1800),
    ],
)
def test_time_limit_is_that_of_host_json(text: str, seconds: int | None) -> None:
    assert time_limit({"functionTimeout": text}, {}) == seconds


def test_default_depends_on_the_plan() -> None:
    assert time_limit({}, {"WEBSITE_SKU": "Dynamic"}) == 300
    assert time_limit({}, {"WEBSITE_SKU": "FlexConsumption"}) == 1800


def test_invalid_time_limit_is_rejected() -> None:
    with pytest.raises(PackageFailed, match=r"functionTimeout in host.json is 'soon'"):
        time_limit({"functionTimeout": "soon"}, {})


@pytest.mark.parametrize(("seconds", "text"), [(5, "00:00:05"), (93_784, "1.02:03:04")])
def test_span_is_written_as_dotnet_does(seconds: int, text: str) -> None:
    assert span_text(seconds) == text
