"""Tokens of the next page."""

import pytest

from emulator.engine.stores import continuation


def test_token_leads_to_the_page() -> None:
    start = {"NextPartitionKey": "a", "NextRowKey": "b"}
    assert continuation.parse(continuation.to_text(start)) == start
    assert continuation.parse(continuation.to_text({})) == {}
    assert continuation.parse(None) == {}


@pytest.mark.parametrize("token", ["nonsense", "W10=", "%%%"])
def test_other_text_is_no_token(token: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        continuation.parse(token)
