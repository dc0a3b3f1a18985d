"""The keys of a site and their scopes.

There are a master key, host function keys, system keys and each function's own keys.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DEFAULT = "default"
DURABLE = "durabletask_extension"
MASTER = "_master"
HOST = "host"  # the name of the document with the host's keys

Named = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a site by name. `own` is by function name in lower case."""

    master: str = ""
    functions: Named = field(default_factory=dict)
    systems: Named = field(default_factory=dict)
    own: Mapping[str, Named] = field(default_factory=dict)

    def opening(self, auth_level: str, function: str) -> tuple[bytes, ...]:
        """Return the keys that authorise calls of a function of an auth level."""
        if auth_level == "admin":
            return self.opening_admin()
        own = self.own.get(function.lower(), {})
        return _encoded([*own.values(), *self.functions.values(), self.master])

    def opening_admin(self) -> tuple[bytes, ...]:
        """Return the key that authorises calls of the admin API."""
        return _encoded([self.master])

    def opening_extension(self) -> tuple[bytes, ...]:
        """Return the keys that authorise calls of Durable's HTTP API."""
        return _encoded([self.systems.get(DURABLE, ""), self.master])

    def with_document(self, name: str, document: Mapping[str, Any]) -> "Keys":
        """Return these keys with those of a stored document."""
        if name == HOST:
            return replace(
                self,
                master=document["masterKey"],
                functions=document["functionKeys"],
                systems=document["systemKeys"],
            )
        return replace(self, own={**self.own, name: document["keys"]})


def is_one_of(given: str, keys: Iterable[bytes]) -> bool:
    """Return whether a key is among others, in constant time."""
    candidate = given.encode(errors="surrogateescape")
    matches = [hmac.compare_digest(candidate, key) for key in keys]
    return any(matches)


def new_key() -> str:
    """Generate a key of 320 random bits that needs no encoding in a URL."""
    return secrets.token_urlsafe(40)


def complete(name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the edit that adds the missing mandatory keys to a stored document."""
    if name != HOST:
        return lambda document: {"keys": {DEFAULT: new_key()}, **document}
    return lambda document: {
        "masterKey": document.get("masterKey") or new_key(),
        "functionKeys": document.get("functionKeys") or {DEFAULT: new_key()},
        "systemKeys": {DURABLE: new_key(), **document.get("systemKeys", {})},
    }


def _encoded(keys: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(key.encode() for key in keys if key)
