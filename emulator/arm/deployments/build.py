"""The remote build of a deployment: pip installs what requirements.txt lists, if that is asked for.

It is installed once for the same list and Python, and linked to where Azure's build puts it. Unless
asked for, nothing is installed, and an app finds only what every app finds.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from emulator.processes import local_build

REQUIREMENTS = "requirements.txt"
BUILT = Path(".python_packages/lib/site-packages")
_PIP = (
    *("-m", "pip", "install", "--no-input"),
    *("--disable-pip-version-check", "--progress-bar=off"),
)
_PROGRESS = re.compile(r"(?:Collecting|Processing|Downloading|Building|Installing) \S.*")
_OTHER_FILE = re.compile(r"\s*(?:-[rce]|--(?:requirement|constraint|editable)|[./]|.*\bfile:)")
_SHOWN_LINES = 5

Say = Callable[[str], None]


class BuildError(Exception):
    """The build failed. The text has the last lines of pip."""


async def build(package: Path, cache: Path, say: Say) -> None:
    """Install what an unpacked package requires, unless it brings that. Raises BuildError."""
    listed = package / REQUIREMENTS
    if not local_build.is_asked(os.environ) or (package / BUILT).exists() or not listed.is_file():
        return
    text = listed.read_text(encoding="utf-8-sig", errors="replace")
    if any(map(_OTHER_FILE.match, text.splitlines())):  # which may differ with the same list
        await _install(package, package / BUILT, say)
        return
    known = cache / _key(text)
    if not known.is_dir():
        await _fill(package, known, say)
    (package / BUILT).parent.mkdir(parents=True, exist_ok=True)
    (package / BUILT).symlink_to(known)


def _key(requirements: str) -> str:
    made_of = f"{sys.version}\n{sys.platform}\n{requirements}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:20]


async def _fill(package: Path, known: Path, say: Say) -> None:
    """Make a directory of the cache, which appears complete or not at all."""
    known.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=known.parent))
    try:
        await _install(package, fresh, say)
        with contextlib.suppress(OSError):  # another deployment was faster
            await asyncio.to_thread(fresh.rename, known)
    finally:
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)


async def _install(package: Path, target: Path, say: Say) -> None:
    say(f"Installing what {REQUIREMENTS} lists")
    options = ("--target", str(target), "--requirement", REQUIREMENTS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *_PIP, *options),
        cwd=package,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    last: list[str] = []
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            text = line.decode(errors="replace").strip()
            last = [*last, text][-_SHOWN_LINES:]
            if _PROGRESS.fullmatch(text):
                say(f"pip: {text}")
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if code != 0:
        raise BuildError(f"pip could not install what {REQUIREMENTS} lists: {' '.join(last)}")
