"""Binding expressions."""

import re

import pytest

from emulator.host.bindings.expressions import UnknownValueError, resolve
from emulator.host.errors import PackageFailed


def test_names_and_settings_are_replaced_ignoring_case() -> None:
    found = resolve("%Box%/{NAME}/{name}.txt", {"BOX": "b"}, {"Name": "a{x}"})
    assert found == "b/a{x}/a{x}.txt"


def test_values_of_the_system_are_made() -> None:
    assert re.fullmatch(r"x/[0-9a-f-]{36}", resolve("x/{rand-guid}", {}, {}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ", resolve("{DateTime}", {}, {}))


def test_missing_value_or_setting_is_rejected() -> None:
    with pytest.raises(UnknownValueError, match="No value for named parameter 'name'"):
        resolve("{name}", {}, {})
    with pytest.raises(PackageFailed):
        resolve("%BOX%", {}, {})
