"""Parameters of functions."""

import pytest

from emulator.host.http.query import parameters


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("a=1&b=x%20y", {"a": "1", "b": "x y"}),
        ("a&b=&c=1", {"c": "1"}),
        ("A=1&a=2", {"a": "1,2"}),
        ("a=1&A=", {"A": "1"}),
        ("a=%FF&b=c=d;e", {"a": "%FF", "b": "c=d;e"}),
        ("", {}),
    ],
)
def test_query_is_read_as_by_the_real_host(query: str, values: dict[str, str]) -> None:
    assert parameters(query) == values
