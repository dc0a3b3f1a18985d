"""The app settings that only the router may set, and how they are put back."""

import pytest

from router.domain.reserved_settings import corrected, is_reserved

HUB = "AzureFunctionsJobHost__extensions__durableTask__hubName"
WANTED = {HUB: "Orders1x0", "AzureWebJobsStorage": "secret one", "COLOUR": "blue"}


@pytest.mark.parametrize(
    "name",
    [
        HUB,
        "azurefunctionsjobhost:Extensions:DURABLETASK:hubname",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount",
        "AzureFunctionsJobHost__extensions__http__customHeaders__X-Release-Package",
        "AzureWebJobsStorage",
        "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsTrackingStorage",
        "AzureWebJobsAzureWebJobsStorage",
        "TRACKINGSTORAGE:accountName",
        "ConnectionStrings__TrackingStorage",
        "CUSTOMCONNSTR_AzureWebJobsStorage",
        "release_line",
    ],
)
def test_hub_connections_and_release_are_reserved(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize(
    "name",
    [
        "COLOUR",
        "AzureWebJobsStorageOfInvoices",
        "AzureWebJobs.nightly.Disabled",
        "AzureFunctionsJobHost__logging__logLevel__default",
        "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__controlQueueBatchSize",
        "ConnectionStrings__Invoices",
        "ConnectionStrings",
    ],
)
def test_other_settings_are_a_teams_own(name: str) -> None:
    assert not is_reserved(name)


def test_app_with_the_wanted_settings_is_left_alone() -> None:
    assert corrected(WANTED | {"POLICY": "on", "COLOUR": "red"}, WANTED) is None


def test_reserved_settings_are_put_back_and_others_kept() -> None:
    name = "azurewebjobstrackingstorage"
    found = {HUB: "Handmade", name: "secret two", "POLICY": "on", "COLOUR": "red"}
    correction = corrected(found, WANTED)
    assert correction is not None
    assert correction.settings == {
        HUB: "Orders1x0",
        "AzureWebJobsStorage": "secret one",
        "POLICY": "on",
        "COLOUR": "red",
    }
    assert correction.what == (
        f"{HUB} was 'Handmade', AzureWebJobsStorage was missing, {name} was changed"
    )
    assert "secret" not in repr(correction) + correction.what
