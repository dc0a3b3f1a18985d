"""The name of an event arrives as it was sent, or is refused."""

import pytest

from router.domain.errors import Refusal
from router.domain.texts.event_names import check_event_name


@pytest.mark.parametrize("name", ["go", "GO", "order paid", "größer", "a.b", "{x}", "x" * 200])
def test_harmless_name_is_kept(name: str) -> None:
    assert check_event_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a+b", "50%", " go", "a/b", "\ufffe", "é" * 700])
def test_name_that_would_not_arrive_whole_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_event_name(name)
    assert (refusal.value.status, refusal.value.code) == (400, "bad-event-name")
