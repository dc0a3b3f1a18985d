"""A skipped test proves nothing, so a run with one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = "import pytest\n\n\n@pytest.mark.skip\ndef test_nothing(): ...\n"


@pytest.mark.parametrize(("code", "exit_code"), [("def test_nothing(): ...\n", 0), (SKIPPED, 1)])
def test_run_fails_when_a_test_is_skipped(tmp_path: Path, code: str, exit_code: int) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(code)
    command = (sys.executable, "-m", "pytest", "-p", "conftest", "--rootdir", tmp_path, file)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert run.returncode == exit_code, run.stdout.decode()
