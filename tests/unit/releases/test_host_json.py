"""host.json is read as the Functions host reads it, and a line's options replace the package's."""

import json
from typing import Any

import pytest

from router.domain.errors import Refusal
from router.releases.host_json import parse, require_azure_storage, with_options

OPTIONS = {
    "hubName": "Orders1x0",
    "storageProvider": {"connectionName": "Ours", "partitionCount": 4},
}

ALL = {"extensions": {"durableTask": OPTIONS}}


@pytest.mark.parametrize(
    "text",
    [
        '{"version": "2.0", "url": "http://x//y"}',
        '\ufeff{"version": "2.0", "url": "http://x//y"}',
        '// a comment\n{"version": "2.0", /* another */ "url": "http://x//y"}',
        '{"version": "2.0", "url": "http://x//y",}',
        "{version: '2.0', url: 'http://x//y'}",
    ],
)
def test_forms_that_the_host_accepts_are_read(text: str) -> None:
    assert parse(text.encode()) == {"version": "2.0", "url": "http://x//y"}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"5", b'{"a": b}', b"\xff{}", b"/*{}"])
def test_other_texts_are_a_problem(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reason is the parser's
        parse(text)


def test_long_text_with_comments_is_refused_quickly() -> None:
    with pytest.raises(json.JSONDecodeError):
        parse(("// x\n" * 20_000 + "{}").encode())


def test_options_are_added_to_an_empty_document() -> None:
    assert with_options({"version": "2.0"}, ALL) == (
        {"version": "2.0", "extensions": {"durableTask": OPTIONS}},
        [],
    )


def test_own_values_are_replaced_with_a_warning_and_others_kept() -> None:
    document = {
        "Extensions": {
            "http": {"routePrefix": ""},
            "DurableTask": {
                "HubName": "Mine",
                "maxConcurrentActivityFunctions": 5,
                "storageProvider": {
                    "connectionName": "AccountKey=c2VjcmV0",
                    "partitionCount": 4,
                    "maxQueuePollingInterval": "00:00:05",
                },
            },
        }
    }
    changed, warnings = with_options(document, ALL)
    assert changed == {
        "extensions": {
            "http": {"routePrefix": ""},
            "durableTask": {
                "hubName": "Orders1x0",
                "maxConcurrentActivityFunctions": 5,
                "storageProvider": {
                    "connectionName": "Ours",
                    "partitionCount": 4,
                    "maxQueuePollingInterval": "00:00:05",
                },
            },
        }
    }
    hub, connection = warnings
    assert hub == 'host.json: extensions.durableTask.hubName "Mine" is replaced by "Orders1x0".'
    assert "storageProvider.connectionName" in connection
    assert "c2VjcmV0" not in connection


@pytest.mark.parametrize("section", [None, [], "text", 5])
def test_sections_of_other_types_are_replaced(section: Any) -> None:
    for document in ({"extensions": section}, {"extensions": {"durableTask": section}}):
        changed, _ = with_options(document, ALL)
        assert changed["extensions"]["durableTask"] == OPTIONS


@pytest.mark.parametrize("provider", ["azureManaged", "mssql", "Netherite", 5])
def test_other_storage_providers_are_refused_by_name(provider: Any) -> None:
    document = {"extensions": {"durabletask": {"StorageProvider": {"Type": provider}}}}
    with pytest.raises(Refusal, match=str(provider)) as caught:
        require_azure_storage(document)
    assert (caught.value.status, caught.value.code) == (400, "unsupported-provider")


@pytest.mark.parametrize(
    "durable", [None, {}, {"storageProvider": {}}, {"storageProvider": {"type": "AzureStorage"}}]
)
def test_azure_storage_is_accepted(durable: Any) -> None:
    require_azure_storage({"extensions": {"durableTask": durable}})
    require_azure_storage({"extensions": durable})
