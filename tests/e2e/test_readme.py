"""What the README tells a newcomer to type, typed: the demo, and its first steps."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = (".venv", "emulator/azurite/node_modules")
STOPPED = "make down; .venv/bin/python -m emulator status || true"
TYPED = re.compile(r"^```sh\n(.+?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """The project's files in a place of their own, so that nobody's local run is disturbed."""
    copy = tmp_path / "checkout"
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
        os.utime(copy / name, (1, 1))  # older than what is installed, so that nothing is again
    for name in INSTALLED:
        assert (ROOT / name / ".installed").exists(), "make install comes first: this shares it"
        (copy / name).symlink_to(ROOT / name)
    yield copy
    typed(copy, "make down")


def typed(checkout: Path, commands: str) -> str:
    """What the commands print; they must not fail."""
    done = subprocess.run(
        ("bash", "-euo", "pipefail", "-c", commands),
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_tells_the_story_to_its_end(checkout: Path) -> None:
    told = typed(checkout, "make demo")
    assert "Every step held. Everything is stopped." in told
    assert "✗" not in told
    readme = (ROOT / "README.md").read_text()
    promised = [line.strip() for line in readme.splitlines() if line.strip().startswith("✓")]
    assert [claim for claim in promised if claim not in told] == []


def test_the_first_steps_register_a_release_and_start_an_order(checkout: Path) -> None:
    (commands,) = TYPED.findall((ROOT / "README.md").read_text())
    told = typed(checkout, commands.replace("/tmp/", f"{checkout}/"))
    assert '"state": "registered"' in told
    assert "HTTP/1.1 202 Accepted" in told
    assert "/api/links/instances/1-0-" in told
    assert typed(checkout, STOPPED).splitlines()[-1] == "down"
