"""Time spans of .NET."""

import pytest

from emulator.host.configuration.time_span import parse


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:30", 30),
        ("01:02", 3720),
        ("1.02:03:04.5", 93784.5),
        ("", None),
        ("30", None),
        ("00:60:00", None),
    ],
)
def test_time_span(text: str, seconds: float | None) -> None:
    assert parse(text) == seconds
