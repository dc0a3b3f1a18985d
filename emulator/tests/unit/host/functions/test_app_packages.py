"""An app finds Azure's libraries with what they require, and nothing else that is installed."""

from pathlib import Path

from emulator.host.functions.app_packages import INSTALLED, for_apps


def names(directory: Path) -> set[str]:
    return {each.name for each in directory.iterdir()}


def test_directory_has_what_the_libraries_require() -> None:
    found = names(for_apps())
    assert {"azure_functions_runtime", "azure", "aiohttp", "requests"} <= found
    assert not found & {"pytest", "_pytest", "psutil", "json5", "semver", "mypy", "pip"}


def test_shared_folder_has_only_what_is_wanted_of_it() -> None:
    assert {"core", "mgmt"} <= names(INSTALLED / "azure")
    assert names(for_apps() / "azure") == {"durable_functions", "functions"}


def test_metadata_of_packages_is_found() -> None:
    found = [each for each in names(for_apps()) if each.endswith(".dist-info")]
    assert any(each.startswith("azure_functions_durable-") for each in found)
    assert not any(each.startswith(("pytest", "azure_mgmt")) for each in found)


def test_directory_is_made_once() -> None:
    made = for_apps()
    for_apps.cache_clear()
    assert for_apps() == made
    assert made.name == str(INSTALLED.stat().st_mtime_ns)
