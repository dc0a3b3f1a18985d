"""The demo when it is interrupted repeatedly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from emulator.processes.process import PYTHON_ENVIRONMENT, find

BEGUN_SECONDS = 60


def test_interrupted_demo_stops_everything(tmp_path: Path) -> None:
    line, environment = [sys.executable, "-m", "demo"], {**os.environ, **PYTHON_ENVIRONMENT}
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as demo:
        deadline = time.monotonic() + BEGUN_SECONDS
        while len(list(find(tmp_path))) < 2:
            assert time.monotonic() < deadline, "nothing was started"
            time.sleep(0.05)
        while demo.poll() is None and list(find(tmp_path)):
            demo.send_signal(signal.SIGTERM)
            time.sleep(0.05)
        output = demo.stderr.read().decode() if demo.stderr else ""

    assert list(find(tmp_path)) == []
    assert demo.returncode == 130
    assert "Everything is stopped" in output
