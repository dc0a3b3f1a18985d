"""Unpacking of packages, and rejection of unsafe ones."""

import stat
import zipfile
from pathlib import Path

import pytest

from emulator.arm.deployments.package import MAX_BYTES, MAX_FILES, PackageError, check, unpack


def entry(name: str, size: int = 1) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename, info.file_size = name, size
    return info


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "C:/x", "a\\..\\..\\x"])
def test_path_outside_the_package_is_rejected(name: str) -> None:
    with pytest.raises(PackageError, match="is outside the package"):
        check([entry("good"), entry(name)])


def test_symbolic_link_is_rejected() -> None:
    link = entry("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(PackageError, match="symbolic link"):
        check([link])


def test_too_many_files_or_bytes_are_rejected() -> None:
    with pytest.raises(PackageError, match="at most"):
        check([entry(f"f{number}") for number in range(MAX_FILES + 1)])
    with pytest.raises(PackageError, match="unpacks to more"):
        check([entry("a", MAX_BYTES), entry("b", 1)])


def test_entry_without_a_name_is_rejected() -> None:
    with pytest.raises(PackageError, match="is outside the package"):
        check([entry("")])


def test_valid_package_is_unpacked(tmp_path: Path) -> None:
    archive, target = tmp_path / "a.zip", tmp_path / "app"
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("host.json", "{}")
        package.writestr("lib/code.py", "x = 1")
    unpack(archive, target)

    assert (target / "lib" / "code.py").read_text() == "x = 1"


def test_settings_that_azure_does_not_read_are_left_out(tmp_path: Path) -> None:
    archive, target = tmp_path / "a.zip", tmp_path / "app"
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("local.settings.json", "{}")
        package.writestr("lib/local.settings.json", "{}")
    unpack(archive, target)
    assert [path.name for path in target.iterdir()] == ["lib"]
    assert (target / "lib" / "local.settings.json").exists()
