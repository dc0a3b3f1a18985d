"""pip installs what a package requires, once for the same list, if that is asked for."""

import zipfile
from pathlib import Path

import pytest

from emulator.arm.deployments.build import BUILT, BuildError, build
from emulator.processes.local_build import ASKED


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that requires the library `greeting`, which is all that pip finds."""
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / "greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting.py", "TEXT = 'hello'\n")
        info = "greeting-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv(ASKED, "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return listing(tmp_path / "package", "greeting==1.0\n")


def listing(package: Path, requirements: str) -> Path:
    package.mkdir()
    (package / "requirements.txt").write_text(requirements)
    return package


async def built(package: Path) -> list[str]:
    shown: list[str] = []
    await build(package, package.parent / "cache", shown.append)
    return shown


async def test_requirements_are_installed_once_for_the_same_list(package: Path) -> None:
    shown = await built(package)
    assert shown[0] == "Installing what requirements.txt lists"
    assert shown[-1] == "pip: Installing collected packages: greeting"
    again = listing(package.parent / "again", "greeting==1.0\n")
    assert await built(again) == []
    for each in (package, again):
        assert (each / BUILT / "greeting.py").is_file()


async def test_nothing_is_installed_unless_asked_for(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ASKED)
    assert await built(package) == []
    assert not (package / BUILT).exists()


async def test_package_that_brings_its_requirements_is_left_alone(package: Path) -> None:
    (package / BUILT).mkdir(parents=True)
    assert await built(package) == []


async def test_list_that_refers_to_files_is_not_shared(package: Path) -> None:
    (package / "more.txt").write_text("greeting\n")
    (package / "requirements.txt").write_text("-r more.txt\n")
    assert await built(package)
    assert not (package / BUILT).is_symlink()
    assert (package / BUILT / "greeting.py").is_file()


async def test_failure_has_the_words_of_pip(package: Path) -> None:
    (package / "requirements.txt").write_text("nowhere-to-be-found\n")
    with pytest.raises(BuildError, match="No matching distribution found for nowhere-to-be-found"):
        await built(package)
    assert not list((package.parent / "cache").iterdir())
