"""Packages that a test writes and loads into its own process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

IMPORTS = "import azure.functions as func\nimport azure.durable_functions as df\n"

MakePackage = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePackage]:
    """Write function_app.py, with the usual imports, and other files. Unload them afterwards."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def make(function_app: str, **files: str) -> Path:
        (tmp_path / "function_app.py").write_text(IMPORTS + dedent(function_app))
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(dedent(text))
        return tmp_path

    yield make
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
