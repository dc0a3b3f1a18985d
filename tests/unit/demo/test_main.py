"""The demo's command line, and what keeps it from starting."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.processes.process import PYTHON_ENVIRONMENT


def demo(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "demo", *arguments],
        cwd=directory,
        env={**os.environ, **PYTHON_ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--foo", 2), ("x", 2)])
def test_argument_starts_no_demo(tmp_path: Path, argument: str, code: int) -> None:
    done = demo(tmp_path, argument)
    assert done.returncode == code
    assert "usage: python -m demo" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_second_demo_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    directory = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        done = demo(tmp_path)
    finally:
        os.close(directory)
    assert done.returncode == 1
    assert "A demo runs in this directory already" in done.stdout
    assert list(tmp_path.iterdir()) == []
