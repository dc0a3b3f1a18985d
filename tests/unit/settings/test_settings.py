"""Settings are validated, have defaults, and never show a secret."""

import json
from pathlib import Path

import pytest

from router.domain.hub_settings import TrackingMode
from router.settings import Settings, SettingsInvalid
from router.settings.page import settings_page

NEEDED = {
    "ROUTER_APP_NAME": "orders",
    "ROUTER_STORAGE": "AccountName=orders;AccountKey=c2VjcmV0LWtleQ==",
    "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
    "ROUTER_RESOURCE_GROUP": "orders-rg",
    "ROUTER_LOCATION": "westeurope",
    "ROUTER_LINK_SECRETS": "first-secret-of-many, second-secret-of-many",
}


def read(**others: str) -> Settings:
    return Settings.from_environ({**NEEDED, **others})


def test_missing_settings_have_defaults() -> None:
    settings = read()
    assert (settings.shared_prefix, settings.forward_seconds, settings.partition_count) == (
        "OrdersLines",
        20.0,
        4,
    )
    assert settings.auto_drain is True
    assert settings.line_settings == {}


def test_lines_have_tables_of_their_own_by_default() -> None:
    assert read().tracking is TrackingMode.PER_LINE
    assert read(ROUTER_TRACKING="shared").tracking is TrackingMode.SHARED


@pytest.mark.parametrize(
    "wrong",
    [{"ROUTER_TRACKING": "Shared"}, {"ROUTER_TRACKING_PREFIX": "Orders1x0"}],
)
def test_shared_tables_are_not_taken_for_a_lines_own(wrong: dict[str, str]) -> None:
    """A line's own tables are dropped when it is cleaned up."""
    with pytest.raises(SettingsInvalid) as caught:
        read(**wrong)
    assert len(caught.value.problems) == 1


def test_accounts_default_to_the_routers_account() -> None:
    settings = read(ROUTER_LINE_STORAGE="linesaccount")
    assert settings.tracking_storage == NEEDED["ROUTER_STORAGE"]
    assert settings.line_storage == "linesaccount"


@pytest.mark.parametrize(
    "name", ["trackingstorage__accountName", "AzureFunctionsJobHost:extensions:durableTask:HUBNAME"]
)
def test_app_setting_that_is_the_routers_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"{name}, which the router sets itself") as raised:
        read(ROUTER_LINE_SETTINGS=json.dumps({"COLOUR": "blue", name: "hunter2"}))
    assert "hunter2" not in str(raised.value)


def test_values_are_read_in_their_own_types() -> None:
    settings = read(
        ROUTER_MONITOR_SECONDS="0.5",
        ROUTER_AUTO_DRAIN="False",
        ROUTER_LINE_SETTINGS='{"COLOUR": "blue"}',
        ROUTER_ARM_URL="http://127.0.0.1:8081/",
    )
    assert settings.monitor_seconds == 0.5
    assert settings.auto_drain is False
    assert settings.line_settings == {"COLOUR": "blue"}
    assert settings.arm_url == "http://127.0.0.1:8081"
    assert settings.link_secrets == ("first-secret-of-many", "second-secret-of-many")


def test_all_problems_are_listed_without_secrets() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_environ(
            {
                **NEEDED,
                "ROUTER_STORAGE": "not a storage account",
                "ROUTER_LINK_SECRETS": "too-short",
                "ROUTER_POLL_SECONDS": "soon",
                "ROUTER_COLOR": "red",
                "ROUTER_ARM_URL": "http://example.com",
                "ROUTER_LOCATION": " ",
            }
        )
    assert caught.value.problems == (
        "ROUTER_COLOR: no such setting",
        "ROUTER_LOCATION: must be set",
        "ROUTER_ARM_URL: must be an https URL (http is for loopback only)",
        "ROUTER_STORAGE: must be a connection string or the name of a storage account",
        "ROUTER_TRACKING_STORAGE: must be a connection string or the name of a storage account",
        "ROUTER_LINE_STORAGE: must be a connection string or the name of a storage account",
        "ROUTER_LINK_SECRETS: must be secrets of at least 16 characters each, separated by commas",
        "ROUTER_POLL_SECONDS: must be a number of seconds from 0.05 to 3600",
    )
    assert "too-short" not in str(caught.value)


def test_unknown_setting_alone_is_a_warning() -> None:
    settings = read(ROUTER_COLOR="red", ROUTER_AUTO_DRAINS="true")
    assert settings.warnings == (
        "ROUTER_AUTO_DRAINS: no such setting",
        "ROUTER_COLOR: no such setting",
    )
    assert read().warnings == ()
    assert "red" not in repr(settings)


def test_values_that_azure_refuses_are_problems() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(
            ROUTER_MEMORY_MB="1024",
            ROUTER_HTTP_CONCURRENCY="1001",
            ROUTER_VISIBILITY_SECONDS="59",
            ROUTER_PARTITION_COUNT="17",
            ROUTER_CLOUD="AzureGermanCloud",
        )
    assert caught.value.problems == (
        "ROUTER_CLOUD: must be one of AzureCloud, AzureUSGovernment, AzureChinaCloud",
        "ROUTER_MEMORY_MB: must be one of 512, 2048, 4096",
        "ROUTER_HTTP_CONCURRENCY: must be a whole number from 1 to 1000",
        "ROUTER_PARTITION_COUNT: must be a whole number from 1 to 16",
        "ROUTER_VISIBILITY_SECONDS: must be a number of seconds from 60 to 3600",
    )


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("", ""),
        ("https://jobs.example.org/", "https://jobs.example.org"),
        ("https://a/x", "https://a/x"),
    ],
)
def test_public_url_is_that_of_a_gateway(given: str, url: str) -> None:
    assert read(ROUTER_PUBLIC_URL=given).public_url == url


@pytest.mark.parametrize(
    "given", ["jobs.example.org", "http://a.example", "https://a?b", "https://é"]
)
def test_other_public_url_is_a_problem(given: str) -> None:
    with pytest.raises(SettingsInvalid, match="ROUTER_PUBLIC_URL: must be a"):
        read(ROUTER_PUBLIC_URL=given)


def test_repr_hides_secrets() -> None:
    shown = repr(read(ROUTER_LINE_SETTINGS='{"PASSWORD": "hunter2"}'))
    assert "app_name='orders'" in shown
    assert not any(secret in shown for secret in ("c2VjcmV0", "of-many", "hunter2"))


def test_settings_page_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "settings.md"
    assert page.read_text() == settings_page(), "python -m router.settings.page > docs/settings.md"
