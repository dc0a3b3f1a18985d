"""Messages are dumped alike whether a hub writes them as plain text or in Base64."""

from base64 import b64encode

import pytest

from harness.storage_dump import _json_or_text

MESSAGE = '{"a": "\ufffe"}'


@pytest.mark.parametrize("sent", [MESSAGE, b64encode(MESSAGE.encode()).decode()])
def test_json_is_read_in_both_forms(sent: str) -> None:
    assert _json_or_text(sent) == {"a": "\ufffe"}


@pytest.mark.parametrize("sent", ["no JSON", "YWJj", "{"])
def test_other_text_is_kept(sent: str) -> None:
    assert _json_or_text(sent) == sent
