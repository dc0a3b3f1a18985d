"""The stored form of keys: a JSON document for the host and one for each function."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.host.keys.keys import DEFAULT, DURABLE, HOST, Keys, Named, new_key

Document = Mapping[str, Any]
Edit = Callable[[Document], Document]


def key(name: str, value: str) -> dict[str, Any]:
    """Return a stored key."""
    return {"name": name, "value": value, "encrypted": False}


def named(stored: Iterable[Mapping[str, Any]]) -> Named:
    """Return the values of stored keys by name."""
    return {each["name"]: each["value"] for each in stored}


def with_keys(keys: Keys, name: str, document: Document) -> Keys:
    """Return a site's keys with those of a document."""
    if name != HOST:
        return keys.with_own(name, named(document["keys"]))
    return keys.with_host(
        document["masterKey"]["value"],
        named(document["functionKeys"]),
        named(document["systemKeys"]),
    )


def created(name: str) -> Edit:
    """Return the edit that makes the keys of a document that is missing or malformed."""
    if name != HOST:
        return lambda stored: (
            stored if isinstance(stored.get("keys"), list) else {"keys": [key(DEFAULT, new_key())]}
        )
    return lambda stored: (
        stored
        if isinstance(stored.get("masterKey"), dict)
        else {
            "masterKey": key("master", new_key()),
            "functionKeys": [key(DEFAULT, new_key())],
            "systemKeys": [],
        }
    )


def started(name: str) -> Edit:
    """Return the edit that a starting host makes: it adds the durable extension's key."""
    create = created(name)

    def edit(document: Document) -> Document:
        complete = create(document)
        if name != HOST or DURABLE in named(complete["systemKeys"]):
            return complete
        return {**complete, "systemKeys": [*complete["systemKeys"], key(DURABLE, new_key())]}

    return edit


def put(document: Document, group: str, name: str, value: str) -> Document:
    """Set a key. One whose name differs only in case is renamed."""
    new = key(name, value)
    if not has(document, group, name):
        return {**document, group: [*document[group], new]}
    changed = [new if _is(each, name) else each for each in document[group]]
    return {**document, group: changed}


def removed(document: Document, group: str, name: str) -> Document:
    """Remove the key of a name, in any case."""
    return {**document, group: [each for each in document[group] if not _is(each, name)]}


def has(document: Document, group: str, name: str) -> bool:
    """Return whether a group has a key of a name, in any case."""
    return any(_is(each, name) for each in document[group])


def _is(stored: Mapping[str, Any], name: str) -> bool:
    return str(stored["name"]).lower() == name.lower()
