"""An app directory with the router in it, wrapped by a function_app.py of a test."""

import json
from collections.abc import Mapping
from pathlib import Path

from emulator.processes.process import ROOT

_EXAMPLE = "local.settings.json.example"


def make_app(
    directory: Path, function_app: Path, settings: Mapping[str, str] | None = None
) -> None:
    """Make an app directory that a stack can host.

    The router's own function_app.py is importable in it as `whole_app`. `settings` override those
    of the example.
    """
    for name in ("router", "host.json"):
        (directory / name).symlink_to(ROOT / name)
    (directory / "whole_app.py").symlink_to(ROOT / "function_app.py")
    (directory / "function_app.py").write_text(function_app.read_text())
    example = json.loads((ROOT / _EXAMPLE).read_text())
    example["Values"] |= settings or {}
    (directory / _EXAMPLE).write_text(json.dumps(example))
