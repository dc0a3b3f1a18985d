"""The stored form of keys."""

from typing import Any

import pytest

from emulator.host.keys import document
from emulator.host.keys.keys import DURABLE, HOST, Keys

STORED = {
    "masterKey": document.key("master", "m"),
    "functionKeys": [document.key("mine", "x")],
    "systemKeys": [document.key("other", "y")],
}


def test_keys_are_read_from_the_real_form() -> None:
    keys = document.with_keys(Keys(), HOST, STORED)
    assert (keys.master, keys.functions, keys.systems) == ("m", {"mine": "x"}, {"other": "y"})
    own = document.with_keys(keys, "start", {"keys": [document.key("k", "v")]}).own
    assert own == {"start": {"k": "v"}}


def test_starting_host_adds_only_the_extensions_key() -> None:
    started = document.started(HOST)(STORED)
    names = [key["name"] for key in started["systemKeys"]]
    assert names == ["other", DURABLE]
    assert {**started, "systemKeys": STORED["systemKeys"]} == STORED
    assert document.created(HOST)(STORED) is STORED


@pytest.mark.parametrize("found", [{}, {"masterKey": "text", "functionKeys": {"default": "x"}}])
def test_missing_or_malformed_documents_are_made(found: dict[str, Any]) -> None:
    made = document.with_keys(Keys(), HOST, document.started(HOST)(found))
    assert list(made.functions) == ["default"]
    assert list(made.systems) == [DURABLE]
    assert len({made.master, *made.functions.values(), *made.systems.values()}) == 3
    assert list(document.named(document.created("start")(found)["keys"])) == ["default"]


def test_names_are_found_in_any_case_and_renamed_in_place() -> None:
    two = document.put(STORED, "functionKeys", "b", "2")
    assert document.has(two, "functionKeys", "MINE")
    renamed = document.put(two, "functionKeys", "Mine", "z")
    assert document.named(renamed["functionKeys"]) == {"Mine": "z", "b": "2"}
    assert (
        document.removed(renamed, "functionKeys", "mINE")["functionKeys"] == two["functionKeys"][1:]
    )
