"""Where settings come from, and what they change in host.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.host.configuration import host_json
from emulator.host.configuration.settings import app_settings, expand
from emulator.host.errors import PackageFailed


def write(package: Path, name: str, document: Any) -> Path:
    text = document if isinstance(document, str) else json.dumps(document)
    (package / name).write_text(text)
    return package


def test_the_environment_stands_over_local_settings(tmp_path: Path) -> None:
    write(tmp_path, "local.settings.json", {"Values": {"A": "local", "B": "local"}})
    assert app_settings(tmp_path, {"A": "environment"}) == {"A": "environment", "B": "local"}


def test_without_local_settings_there_is_the_environment(tmp_path: Path) -> None:
    assert app_settings(tmp_path, {"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"IsEncrypted": true, "Values": {"A": "x"}}', "is encrypted"),
    ],
)
def test_local_settings_that_cannot_be_used_are_refused(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(PackageFailed, match=why):
        app_settings(write(tmp_path, "local.settings.json", text), {})


def test_a_reference_becomes_the_setting_s_value_in_any_case() -> None:
    assert expand("a/%Name%/%other%", {"NAME": "x", "Other": "y"}) == "a/x/y"
    assert expand("100% of it", {}) == "100% of it"


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(PackageFailed, match="'%Name%' in 'a/%Name%' names a setting"):
        expand("a/%Name%", {})


def test_overrides_go_into_the_sections_they_name_in_any_case(tmp_path: Path) -> None:
    write(
        tmp_path,
        "host.json",
        {"version": "2.0", "extensions": {"durableTask": {"hubName": "File", "x": 1}}},
    )
    merged = host_json.load(
        tmp_path,
        {
            "AzureFunctionsJobHost__extensions__durabletask__HubName": "Setting",
            "AZUREFUNCTIONSJOBHOST__extensions__durableTask__storageprovider__partitionCount": "2",
            "AzureFunctionsJobHost:extensions:http:routePrefix": "v1",
            "AzureFunctionsJobHost": "ignored",
            "Other__extensions__x": "ignored",
        },
    )
    assert merged == {
        "version": "2.0",
        "extensions": {
            "durableTask": {
                "hubName": "Setting",
                "x": 1,
                "storageProvider": {"partitionCount": "2"},
            },
            "http": {"routePrefix": "v1"},
        },
    }
    assert host_json.section(merged, "Extensions", "DURABLETASK", "hubname") == "Setting"
    assert host_json.section(merged, "extensions", "nothing", "here") is None


def test_a_package_without_host_json_has_the_default_one(tmp_path: Path) -> None:
    assert host_json.load(tmp_path, {}) == {"version": "2.0"}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": "1.0"}', "null"])
def test_a_host_json_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackageFailed, match=r"host\.json"):
        host_json.load(write(tmp_path, "host.json", text), {})
