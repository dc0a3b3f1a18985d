"""The commands of the README do what it promises: the demo, and the first steps."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = (".venv", "emulator/azurite/node_modules")
STOP = "make down; .venv/bin/python -m emulator status || true"
SHELL_BLOCKS = re.compile(r"^```sh\n(.+?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Copy the project's files, so that no local run is disturbed."""
    copy = tmp_path / "checkout"
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
        os.utime(copy / name, (1, 1))  # older than what is installed
    for name in INSTALLED:
        assert (ROOT / name / ".installed").exists(), "run make install first: this shares it"
        (copy / name).symlink_to(ROOT / name)
    yield copy
    run(copy, "make down")


def run(checkout: Path, commands: str) -> str:
    """Return what the commands print. They must not fail."""
    done = subprocess.run(
        ("bash", "-euo", "pipefail", "-c", commands),
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_demo_passes_every_step_that_the_readme_shows(checkout: Path) -> None:
    printed = run(checkout, "make demo")
    assert "Every step passed. Everything is stopped." in printed
    assert "✗" not in printed
    readme = (ROOT / "README.md").read_text()
    promised = [line.strip() for line in readme.splitlines() if line.strip().startswith("✓")]
    assert [claim for claim in promised if claim not in printed] == []


def test_first_steps_register_a_release_and_start_an_order(checkout: Path) -> None:
    (commands,) = SHELL_BLOCKS.findall((ROOT / "README.md").read_text())
    printed = run(checkout, commands.replace("/tmp/", f"{checkout}/"))
    assert '"state": "registered"' in printed
    assert "HTTP/1.1 202 Accepted" in printed
    assert "/api/links/instances/1-0-" in printed
    assert run(checkout, STOP).splitlines()[-1] == "down"
