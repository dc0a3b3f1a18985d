"""What a hub was made with, as a tag's text and back."""

import pytest

from router.domain.hub_settings import HubSettings, as_text, from_text


@pytest.mark.parametrize(
    ("hub", "text"),
    [
        (HubSettings(4, 300.0, "orders17/Lines"), "4 queues, hidden 300 s, in orders17/Lines"),
        (HubSettings(16, 604800.0, "/Lines"), "16 queues, hidden 604800 s, in /Lines"),
        (HubSettings(1, 0.5, "a/B2"), "1 queues, hidden 0.5 s, in a/B2"),
    ],
)
def test_a_hubs_settings_are_read_back_from_their_text(hub, text):
    assert as_text(hub) == text
    assert from_text(text) == hub


@pytest.mark.parametrize("text", ["", "4", "4 queues, hidden 300 s, in Lines", "4 queues"])
def test_any_other_text_tells_nothing(text):
    assert from_text(text) is None
