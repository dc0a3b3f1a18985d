"""Connection strings by name."""

import pytest

from emulator.host.configuration.connections import find


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({"AzureWebJobsStorage": "a", "Storage": "b"}, "Storage", "a"),
        ({"AzureWebJobsStorage": "a"}, "AzureWebJobsStorage", "a"),
        ({"azurewebjobsorders": "a"}, "Orders", "a"),
        ({"ConnectionStrings:Orders": "a"}, "orders", "a"),
        ({"Orders": ""}, "Orders", None),
    ],
)
def test_connection_is_found(settings: dict[str, str], name: str, expected: str | None) -> None:
    assert find(settings, name) == expected
