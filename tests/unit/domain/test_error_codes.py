"""The catalogue of errors is complete: what router/ raises is read from its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from router.domain.error_codes import ERROR_CODES

ROUTER = Path(__file__).parents[3] / "router"
CODES = {error.code: error for error in ERROR_CODES}


class Raised(NamedTuple):
    """A place in router/ that makes an error. The code is None where it is not a literal."""

    place: str
    code: str | None
    status: int | None
    temporary: bool | None


def _literal(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _raised(place: str, call: ast.Call) -> Raised | None:
    arguments = [*call.args, None, None, None]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    match getattr(call.func, "id", getattr(call.func, "attr", "")):
        case "Refusal":
            return Raised(place, _literal(arguments[1]), _literal(arguments[0]), temporary=False)
        case "RouterError":
            return Raised(place, _literal(arguments[1]), _literal(arguments[0]), temporary=None)
        case "Unavailable":
            status = _literal(keywords["status"]) if "status" in keywords else 503
            return Raised(place, _literal(arguments[0]), status, temporary=True)
        case "check_size":
            return Raised(place, _literal(arguments[2]), 413, temporary=False)
    return None


def _calls() -> Iterator[Raised]:
    for path in sorted(ROUTER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            place = f"{path.relative_to(ROUTER.parent)}:{getattr(node, 'lineno', 0)}"
            found = _raised(place, node) if isinstance(node, ast.Call) else None
            if found is not None and found.code is not None:
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
def test_texts_are_sentences_that_fit_a_table(error) -> None:
    for text in (error.meaning, error.advice):
        assert text.endswith(".")
        assert text[0].isupper() or text[0] == "`"
        assert "|" not in text
