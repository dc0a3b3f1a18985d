"""The packages of the sample."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from samples.pack import ORDERS, pack

RELEASES = ["1.0.0", "1.0.1", "1.1.0"]


def test_sample_has_three_releases() -> None:
    assert sorted(path.name for path in ORDERS.iterdir()) == RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_package_holds_exactly_the_release_folder(release: str) -> None:
    archive = zipfile.ZipFile(BytesIO(pack(release)))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        name: (ORDERS / release / name).read_bytes()
        for name in ("function_app.py", "host.json", "requirements.txt")
    }


def test_same_release_elsewhere_has_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "1.0.0"
    (copy / "__pycache__").mkdir(parents=True)
    (copy / "__pycache__" / "function_app.cpython-311.pyc").write_bytes(b"left by an import")
    for path in sorted((ORDERS / "1.0.0").iterdir(), reverse=True):
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    assert pack("1.0.0", tmp_path) == pack("1.0.0")


def test_packages_of_releases_differ() -> None:
    assert len({pack(release) for release in RELEASES}) == 3


def test_command_writes_the_package(tmp_path: Path) -> None:
    target = tmp_path / "orders.zip"
    subprocess.run([sys.executable, "-m", "samples.pack", "1.0.1", str(target)], check=True)
    assert target.read_bytes() == pack("1.0.1")


def test_error_for_unknown_release_names_the_known_ones() -> None:
    with pytest.raises(FileNotFoundError) as refused:
        pack("9.9.9")
    assert str(refused.value) == "orders has no release 9.9.9; it has 1.0.0, 1.0.1, 1.1.0"
