"""The packages of the sample: complete, and the same bytes every time."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from samples.pack import ORDERS, pack

RELEASES = ["1.0.0", "1.0.1", "1.1.0"]


def test_the_sample_has_these_three_releases() -> None:
    assert sorted(path.name for path in ORDERS.iterdir()) == RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_a_package_is_the_release_folder_and_nothing_else(release: str) -> None:
    archive = zipfile.ZipFile(BytesIO(pack(release)))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        name: (ORDERS / release / name).read_bytes()
        for name in ("function_app.py", "host.json", "requirements.txt")
    }


def test_a_release_packed_elsewhere_and_later_has_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "1.0.0"
    (copy / "__pycache__").mkdir(parents=True)
    (copy / "__pycache__" / "function_app.cpython-311.pyc").write_bytes(b"left by an import")
    for path in sorted((ORDERS / "1.0.0").iterdir(), reverse=True):
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    assert pack("1.0.0", tmp_path) == pack("1.0.0")


def test_releases_differ() -> None:
    assert len({pack(release) for release in RELEASES}) == 3


def test_the_command_writes_the_package(tmp_path: Path) -> None:
    target = tmp_path / "orders.zip"
    subprocess.run([sys.executable, "-m", "samples.pack", "1.0.1", str(target)], check=True)
    assert target.read_bytes() == pack("1.0.1")


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FileNotFoundError) as refused:
        pack("9.9.9")
    assert str(refused.value) == "orders has no release 9.9.9; it has 1.0.0, 1.0.1, 1.1.0"
