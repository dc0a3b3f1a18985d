"""An app directory with the router in it, wrapped by a function_app.py of a test."""

from pathlib import Path

from emulator.processes.process import ROOT


def make_app(directory: Path, function_app: Path) -> None:
    """Make an app directory that a stack can host.

    The router's own function_app.py is importable in it as `whole_app`.
    """
    for name in ("router", "host.json", "local.settings.json.example"):
        (directory / name).symlink_to(ROOT / name)
    (directory / "whole_app.py").symlink_to(ROOT / "function_app.py")
    (directory / "function_app.py").write_text(function_app.read_text())
