"""The router's settings are put beside those that others added to an app."""

import pytest

from router.apps.app_settings import applied, merged, require_same_queues
from router.domain.errors import PlatformFailed
from router.domain.reserved_settings import is_connection

HUB = "AzureFunctionsJobHost__extensions__durableTask__hubName"
OWN = {"AzureWebJobsStorage": "AccountName=orders;AccountKey=a", HUB: "Orders1x0", "COLOUR": "red"}


def test_settings_of_others_are_kept() -> None:
    added = {"AzureWebJobs.nightly.Disabled": "1", "POLICY": "on"}
    assert merged(OWN | added, OWN) == OWN | added


def test_own_settings_are_put_back_however_they_are_spelt() -> None:
    found = {HUB.replace("__", ":"): "Other", HUB.upper(): "Third", "colour": "blue"}
    assert merged(found, OWN) == OWN


def test_a_setting_that_is_the_routers_no_more_is_removed() -> None:
    wanted = {name: value for name, value in OWN.items() if name != "COLOUR"}
    assert merged(OWN | {"SIZE": "9"}, wanted, applied(OWN).names) == wanted | {"SIZE": "9"}


def test_no_other_setting_stands_for_a_connection() -> None:
    shadow = {"AzureWebJobsTrackingStorage__tableServiceUri": "https://x", "TrackingStorage": "y"}
    shadow |= {"AzureWebJobsStorage__accountName": "orders"}
    assert merged(OWN | shadow, OWN) == OWN
    assert all(map(is_connection, shadow))
    assert not is_connection("AzureWebJobsStorageOfOthers")


def test_digest_follows_the_keys_alone() -> None:
    rotated = OWN | {"AzureWebJobsStorage": "AccountName=orders;AccountKey=b"}
    assert applied(OWN | {"COLOUR": "blue"}).connections == applied(OWN).connections
    assert applied(rotated).connections != applied(OWN).connections
    assert "AccountKey" not in str(applied(OWN))


BY_NAME = {"AzureWebJobsStorage__accountName": "orders"}
BY_URL = {"AzureWebJobsStorage__queueServiceUri": "https://orders.queue.core.chinacloudapi.cn"}
OTHER = {"AzureWebJobsStorage": "AccountName=bills;AccountKey=c"}


@pytest.mark.parametrize("found", [OWN, BY_NAME, BY_URL, {}])
@pytest.mark.parametrize("wanted", [OWN, BY_NAME, BY_URL])
def test_an_account_may_be_given_in_other_ways(
    found: dict[str, str], wanted: dict[str, str]
) -> None:
    require_same_queues(found, wanted)


@pytest.mark.parametrize("found", [OWN, BY_NAME, BY_URL])
def test_queues_do_not_move_to_another_account(found: dict[str, str]) -> None:
    with pytest.raises(PlatformFailed, match=r"account orders, and not in bills\. Restore ROUTER_"):
        require_same_queues(found, OTHER)
