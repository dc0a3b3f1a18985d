"""The settings of a hub as the text of a tag."""

import pytest

from router.domain.hub_settings import (
    HubSettings,
    account_of,
    as_text,
    from_text,
    prefix_of,
    tables_of,
)


@pytest.mark.parametrize(
    ("hub", "text"),
    [
        (HubSettings(4, 300.0, "orders17/Lines"), "4 queues, hidden 300 s, in orders17/Lines"),
        (HubSettings(16, 604800.0, "/Lines"), "16 queues, hidden 604800 s, in /Lines"),
        (HubSettings(1, 0.5, "a/B2"), "1 queues, hidden 0.5 s, in a/B2"),
    ],
)
def test_hub_settings_round_trip_as_text(hub: HubSettings, text: str) -> None:
    assert as_text(hub) == text
    assert from_text(text) == hub


@pytest.mark.parametrize("text", ["", "4", "4 queues, hidden 300 s, in Lines", "4 queues"])
def test_other_text_is_not_hub_settings(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize(
    ("store", "account", "prefix"), [("orders17/Lines", "orders17", "Lines"), ("/B2", "", "B2")]
)
def test_store_is_an_account_and_a_prefix(store: str, account: str, prefix: str) -> None:
    assert (account_of(store), prefix_of(store)) == (account, prefix)
    assert tables_of(store) == f"{prefix}Instances and {prefix}History"
