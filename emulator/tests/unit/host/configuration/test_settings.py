"""The sources of settings and their overrides of host.json."""

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


def test_environment_overrides_local_settings(tmp_path: Path) -> None:
    write(tmp_path, "local.settings.json", {"Values": {"A": "local", "B": "local"}})
    assert app_settings(tmp_path, {"A": "environment"}) == {"A": "environment", "B": "local"}


def test_site_does_not_read_local_settings(tmp_path: Path) -> None:
    settings = {"WEBSITE_SITE_NAME": "orders"}
    write(tmp_path, "local.settings.json", {"Values": {"GREETING": "local"}})
    assert app_settings(tmp_path, settings) == settings
    write(tmp_path, "local.settings.json", "{")
    assert app_settings(tmp_path, settings) == settings


def test_settings_without_a_file_are_the_environment(tmp_path: Path) -> None:
    assert app_settings(tmp_path, {"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"IsEncrypted": true, "Values": {"A": "x"}}', "is encrypted"),
    ],
)
def test_invalid_local_settings_are_rejected(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(PackageFailed, match=why):
        app_settings(write(tmp_path, "local.settings.json", text), {})


def test_reference_expands_ignoring_case() -> None:
    assert expand("a/%Name%/%other%", {"NAME": "x", "Other": "y"}) == "a/x/y"
    assert expand("100% of it", {}) == "100% of it"


def test_reference_to_a_missing_setting_is_rejected() -> None:
    with pytest.raises(PackageFailed, match="'%Name%' in 'a/%Name%' names a setting"):
        expand("a/%Name%", {})


def test_overrides_apply_to_sections_ignoring_case(tmp_path: Path) -> None:
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


def test_missing_host_json_has_a_default(tmp_path: Path) -> None:
    assert host_json.load(tmp_path, {}) == {"version": "2.0"}


def test_host_json_may_have_comments_and_trailing_commas(tmp_path: Path) -> None:
    text = '\ufeff{"version": "2.0", // since 4.0\n "extensions": {"http": {},},}'
    found = host_json.load(write(tmp_path, "host.json", text), {})
    assert found == {"version": "2.0", "extensions": {"http": {}}}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": "1.0"}', "null"])
def test_invalid_host_json_is_rejected(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackageFailed, match=r"host\.json"):
        host_json.load(write(tmp_path, "host.json", text), {})
