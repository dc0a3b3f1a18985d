"""The directory of the packages that every app finds: Azure's worker library and Durable's SDK.

The checkout's environment has many more, which an app on Azure does not have. The directory has
links to those of the named ones and of what they require.
"""

import re
import shutil
import site
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

INSTALLED = Path(site.getsitepackages()[0]).resolve()
"""Where the packages of this checkout's environment are."""

_NAMES = (
    "azure-functions",
    "azure-functions-durable",
    "azure-functions-runtime",
    "azure-functions-runtime-v1",
)
_FOLDER = Path(sys.prefix) / "app-packages"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@cache
def for_apps() -> Path:
    """Return the directory, which is made again once something is installed."""
    made = _FOLDER / str(INSTALLED.stat().st_mtime_ns)
    if not made.is_dir():
        _FOLDER.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=_FOLDER))
        _link(fresh)
        try:
            fresh.rename(made)
        except OSError:  # another host was faster
            shutil.rmtree(fresh)
    return made


def _link(target: Path) -> None:
    found = {_normal(each.name): each for each in distributions(path=[str(INSTALLED)])}
    wanted = _required(found)
    others = [each for name, each in found.items() if name not in wanted]
    shared = {folder for each in others for file in _files(each) for folder in file.parents}
    for file in {_whole(file, shared) for name in wanted for file in _files(found[name])}:
        link = target / file
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(INSTALLED / file)


def _required(found: dict[str, Distribution]) -> set[str]:
    """Return the names of the wanted packages and of all that they require."""
    wanted: set[str] = set()
    waiting = [name for name in _NAMES if name in found]
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += [each for each in _requires(found[name]) if each in found and each not in wanted]
    return wanted


def _requires(package: Distribution) -> Iterator[str]:
    for requirement in package.requires or ():
        name = _NAME.match(requirement)
        if name is not None and "extra ==" not in requirement.replace("'", '"'):
            yield _normal(name[0])


def _files(package: Distribution) -> Iterable[PurePosixPath]:
    """Return the package's files below the directory of installed packages."""
    return [each for each in package.files or () if ".." not in each.parts]


def _whole(file: PurePosixPath, shared: set[PurePosixPath]) -> PurePosixPath:
    """Return the outermost folder of a file that no other package shares, or else the file."""
    folders = list(file.parents)[-2::-1]
    return next((each for each in folders if each not in shared), file)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
