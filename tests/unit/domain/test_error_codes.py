"""The catalogue of errors is complete: what router/ raises is read from its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from router.domain.error_codes import ERROR_CODES, ErrorCode

ROUTER = Path(__file__).parents[3] / "router"
CODES = {error.code: error for error in ERROR_CODES}


class Raised(NamedTuple):
    """A place in router/ that makes an error with a literal code. None: unknown there."""

    place: str
    code: str
    status: int | None
    temporary: bool | None


def _text(node: ast.expr | None) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _number(node: ast.expr | None) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) else None


def _raised(place: str, call: ast.Call) -> Raised | None:
    """Return None if the call makes no error, or one whose code is not a literal."""
    arguments = [*call.args, None, None, None]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    temporary: bool | None
    match getattr(call.func, "id", getattr(call.func, "attr", "")):
        case "Refusal":
            code, status, temporary = _text(arguments[1]), _number(arguments[0]), False
        case "RouterError":
            code, status, temporary = _text(arguments[1]), _number(arguments[0]), None
        case "Unavailable":
            given = keywords.get("status")
            status = 503 if given is None else _number(given)
            code, temporary = _text(arguments[0]), True
        case "check_size":
            code, status, temporary = _text(arguments[2]), 413, False
        case _:
            return None
    return None if code is None else Raised(place, code, status, temporary)


def _calls() -> Iterator[Raised]:
    for path in sorted(ROUTER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            place = f"{path.relative_to(ROUTER.parent)}:{getattr(node, 'lineno', 0)}"
            found = _raised(place, node) if isinstance(node, ast.Call) else None
            if found is not None:
                yield found


@pytest.fixture(scope="module")
def raised() -> list[Raised]:
    return list(_calls())


def test_catalogue_has_exactly_the_codes_that_are_raised(raised: list[Raised]) -> None:
    assert {each.code for each in raised} == set(CODES)


def test_statuses_raised_are_in_the_catalogue(raised: list[Raised]) -> None:
    assert [
        each
        for each in raised
        if each.status is not None and each.status not in CODES[each.code].statuses
    ] == []


def test_temporary_errors_are_raised_as_unavailable(raised: list[Raised]) -> None:
    assert [
        each
        for each in raised
        if each.temporary is not None and each.temporary != CODES[each.code].is_temporary
    ] == []


def test_codes_are_unique_and_sorted_by_status() -> None:
    assert len(CODES) == len(ERROR_CODES)
    statuses = [error.statuses[0] for error in ERROR_CODES]
    assert statuses == sorted(statuses)


@pytest.mark.parametrize("error", ERROR_CODES, ids=lambda error: error.code)
def test_texts_are_sentences_that_fit_a_table(error: ErrorCode) -> None:
    for text in (error.meaning, error.advice):
        assert text.endswith(".")
        assert text[0].isupper() or text[0] == "`"
        assert "|" not in text
