"""The keys of a site in memory, and what each of them opens.

Owns the scopes (master, host function keys, system keys, a function's own keys), their making and
their comparison. Knows nothing of blobs or HTTP.
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
    """All keys of a site, by name; `own` by function name in lower case."""

    master: str = ""
    functions: Named = field(default_factory=dict)
    systems: Named = field(default_factory=dict)
    own: Mapping[str, Named] = field(default_factory=dict)

    def opening(self, auth_level: str, function: str) -> tuple[bytes, ...]:
        """The keys that open a function of this level (function or admin)."""
        if auth_level == "admin":
            return self.opening_admin()
        own = self.own.get(function.lower(), {})
        return _encoded([*own.values(), *self.functions.values(), self.master])

    def opening_admin(self) -> tuple[bytes, ...]:
        """The key that opens the admin API."""
        return _encoded([self.master])

    def opening_extension(self) -> tuple[bytes, ...]:
        """The keys that open Durable's HTTP API."""
        return _encoded([self.systems.get(DURABLE, ""), self.master])

    def with_document(self, name: str, document: Mapping[str, Any]) -> "Keys":
        """These keys, with those of one stored document."""
        if name == HOST:
            return replace(
                self,
                master=document["masterKey"],
                functions=document["functionKeys"],
                systems=document["systemKeys"],
            )
        return replace(self, own={**self.own, name: document["keys"]})


def is_one_of(given: str, keys: Iterable[bytes]) -> bool:
    """Whether a key is among some, in a time that tells nothing of how near it came."""
    candidate = given.encode(errors="surrogateescape")
    matches = [hmac.compare_digest(candidate, key) for key in keys]
    return any(matches)


def new_key() -> str:
    """A key of 320 random bits that needs no encoding in a URL."""
    return secrets.token_urlsafe(40)


def complete(name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The edit that adds to a stored document whatever key it must have and lacks."""
    if name != HOST:
        return lambda document: {"keys": {DEFAULT: new_key()}, **document}
    return lambda document: {
        "masterKey": document.get("masterKey") or new_key(),
        "functionKeys": document.get("functionKeys") or {DEFAULT: new_key()},
        "systemKeys": {DURABLE: new_key(), **document.get("systemKeys", {})},
    }


def _encoded(keys: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(key.encode() for key in keys if key)
