"""docs/errors.md is generated."""

from pathlib import Path

from router.error_page import error_page

DOCS = Path(__file__).parents[2] / "docs"


def test_error_page_is_up_to_date() -> None:
    assert (DOCS / "errors.md").read_text() == error_page()
