"""The conventions of CONTRIBUTING.md that no linter checks: sizes, names, docstrings."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("router", "emulator", "harness", "samples", "demo", "bench", "soak", "tests")
# Installed packages, and recorded data with the apps that produced it.
EXEMPT = {"node_modules", "conformance", "recordings", "__pycache__"}
MEANINGLESS = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
LONGEST_FILE, MEDIAN_FILE, LONGEST_FUNCTION, LONGEST_TEST_NAME = 300, 120, 40, 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if not EXEMPT & set(path.parts):
                yield path


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def lines() -> dict[str, int]:
    return {relative(path): len(path.read_text().splitlines()) for path in sources()}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {relative(path): ast.parse(path.read_text()) for path in sources()}


def test_files_have_at_most_300_lines(lines: dict[str, int]) -> None:
    assert {file: length for file, length in lines.items() if length > LONGEST_FILE} == {}


def test_median_file_has_at_most_120_lines(lines: dict[str, int]) -> None:
    assert median(lines.values()) <= MEDIAN_FILE


def test_functions_have_at_most_40_lines(trees: dict[str, ast.Module]) -> None:
    assert {
        f"{file}:{node.name}": node.end_lineno - node.lineno + 1
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.end_lineno
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    } == {}


def test_modules_have_docstrings(trees: dict[str, ast.Module]) -> None:
    assert [file for file, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_file_names_are_meaningful(trees: dict[str, ast.Module]) -> None:
    assert [file for file in trees if MEANINGLESS & set(Path(file).stem.split("_"))] == []


def test_class_names_are_meaningful(trees: dict[str, ast.Module]) -> None:
    assert [
        f"{file}:{node.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        if node.name.lower().endswith(tuple(MEANINGLESS - {"base"}))
    ] == []


def test_test_names_have_at_most_60_characters(trees: dict[str, ast.Module]) -> None:
    assert [
        f"{file}:{node.lineno}: {node.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.name.startswith("test_")
        if len(node.name) > LONGEST_TEST_NAME
    ] == []
