"""The rules of the house that no tool holds: sizes, names, docstrings. CONTRIBUTING.md has why."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("router", "emulator", "samples", "demo", "bench", "soak", "tests")
# Recorded data, and what it was recorded with: kept as it was then.
KEPT_AS_IT_IS = {"node_modules", "data", "conformance", "__pycache__"}
SAYS_NOTHING = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
LONGEST_FILE, MEDIAN_FILE, LONGEST_FUNCTION = 300, 120, 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            if not KEPT_AS_IT_IS & set(path.parts):
                yield path


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def lines() -> dict[str, int]:
    return {name(path): len(path.read_text().splitlines()) for path in sources()}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name(path): ast.parse(path.read_text()) for path in sources()}


def test_no_file_is_longer_than_300_lines(lines: dict[str, int]) -> None:
    assert {file: length for file, length in lines.items() if length > LONGEST_FILE} == {}


def test_half_of_the_files_are_no_longer_than_120_lines(lines: dict[str, int]) -> None:
    assert median(lines.values()) <= MEDIAN_FILE


def test_no_function_is_longer_than_40_lines(trees: dict[str, ast.Module]) -> None:
    assert {
        f"{file}:{node.name}": node.end_lineno - node.lineno + 1
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.end_lineno
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    } == {}


def test_every_module_says_what_it_owns(trees: dict[str, ast.Module]) -> None:
    assert [file for file, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_has_a_name_that_says_nothing(trees: dict[str, ast.Module]) -> None:
    assert [file for file in trees if SAYS_NOTHING & set(Path(file).stem.split("_"))] == []


def test_no_class_has_a_name_that_says_nothing(trees: dict[str, ast.Module]) -> None:
    assert [
        f"{file}:{node.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        if node.name.lower().endswith(tuple(SAYS_NOTHING - {"base"}))
    ] == []
