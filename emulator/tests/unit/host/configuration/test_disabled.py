"""Functions that app settings disable."""

import pytest

from emulator.host.configuration import disabled


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AzureWebJobs.quick.Disabled", "true", True),
        ("AzureWebJobs__Quick__Disabled", "1", True),
        ("AzureWebJobs.quick.Disabled", "false", False),
        ("AzureWebJobs.other.Disabled", "true", False),
    ],
)
def test_setting_disables_the_function_that_it_names(name: str, value: str, expected: bool) -> None:
    assert disabled.by({name: value})("quick") is expected
