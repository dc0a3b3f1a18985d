"""The library that a package gets."""

from pathlib import Path

import pytest

from emulator.worker.library import library_name


def test_script_file_selects_the_library_of_decorators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert library_name(tmp_path) == "azure_functions_runtime_v1"
    (tmp_path / "function_app.py").write_text("")
    assert library_name(tmp_path) == "azure_functions_runtime"
    monkeypatch.setenv("PYTHON_SCRIPT_FILE_NAME", "main.py")
    assert library_name(tmp_path) == "azure_functions_runtime_v1"
