"""Functions that files describe, and the files that the host does not take."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.host.functions import function_json

HTTP = {"type": "httpTrigger", "direction": "in", "name": "req"}
OUT = {"type": "queue", "direction": "out", "name": "m", "dataType": "binary"}


def write(package: Path, name: str, document: Any, *files: str) -> Path:
    folder = package / name
    folder.mkdir()
    for file in files:
        (folder / file).write_text("")
    (folder / "function.json").write_text(
        document if isinstance(document, str) else json.dumps(document)
    )
    return folder


def test_function_has_what_the_worker_loads(tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("")
    document = {"scriptFile": "../shared.py", "entryPoint": "run", "bindings": [HTTP, OUT]}
    folder = write(tmp_path, "Echo", document)
    (found,) = function_json.read(tmp_path)
    assert found.load_fields() == {
        "function": found.id,
        "name": "Echo",
        "directory": str(folder),
        "script_file": str(tmp_path / "shared.py"),
        "entry_point": "run",
        "bindings": {
            "req": {"type": "httpTrigger", "direction": 0, "data_type": 0},
            "m": {"type": "queue", "direction": 1, "data_type": 2},
        },
    }


@pytest.mark.parametrize(
    ("files", "script"),
    [
        (("code.py",), "code.py"),
        (("__init__.py", "code.py"), "__init__.py"),
        (("run.py", "code.py"), "run.py"),
        (("a.py", "b.py"), None),
    ],
)
def test_script_without_a_name_is_found(
    tmp_path: Path, files: tuple[str, ...], script: str | None
) -> None:
    folder = write(tmp_path, "Echo", {"bindings": [HTTP]}, *files)
    (found,) = function_json.read(tmp_path)
    assert found.script == (None if script is None else folder / script)


@pytest.mark.parametrize(
    ("name", "document", "text"),
    [
        ("Host", {"bindings": [HTTP]}, "'Host' is not a valid function name."),
        ("1st", {"bindings": [HTTP]}, "'1st' is not a valid function name."),
        ("a", {"bindings": []}, "At least one binding must be declared."),
        ("a", {"bindings": [OUT]}, "No trigger binding specified."),
        ("a", {"bindings": [HTTP, HTTP]}, "Multiple trigger bindings defined."),
        ("a", {"bindings": [HTTP], "scriptFile": "no.py"}, "Invalid script file name"),
        ("a", "{", "Expecting property name"),
    ],
)
def test_invalid_function_is_logged_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, document: Any, text: str
) -> None:
    write(tmp_path, name, document)
    assert function_json.read(tmp_path) == []
    assert f"The '{name}' function is in error: {text}" in caplog.text


def test_folders_without_the_file_are_no_functions(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    assert function_json.read(tmp_path) == []
