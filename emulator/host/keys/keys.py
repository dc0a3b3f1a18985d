"""The keys of a site and what they open.

There are a master key, host keys, system keys and each function's own keys.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

DEFAULT = "default"
DURABLE = "durabletask_extension"
MASTER = "_master"
HOST = "host"  # the name of the document with the host's keys
KEY_BYTES = 40

Named = Mapping[str, str]
NONE: Named = MappingProxyType({})


class Level(StrEnum):
    """The kind of a key, which decides what it opens."""

    MASTER = "master"
    EXTENSION = "extension"  # the system key of the durable extension
    SYSTEM = "system"  # another system key
    FUNCTION = "function"  # a host key, or the function's own


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a site by name. `own` is by function name in lower case."""

    master: str = ""
    functions: Named = field(default_factory=dict)
    systems: Named = field(default_factory=dict)
    own: Mapping[str, Named] = field(default_factory=dict)

    def level(self, given: str, function: str | None = None) -> Level | None:
        """Return what a key is in a call of a function, or None if it is none of ours."""
        own = self.own.get(function.lower(), NONE) if function else NONE
        others = [key for name, key in self.systems.items() if name != DURABLE]
        by_level = {
            Level.MASTER: [self.master],
            Level.EXTENSION: [self.systems.get(DURABLE, "")],
            Level.FUNCTION: [*own.values(), *self.functions.values()],
            Level.SYSTEM: others,
        }
        return next((level for level, keys in by_level.items() if _is_one_of(given, keys)), None)

    def of(self, scope: str, group: str) -> Named:
        """Return the keys of a group of a document."""
        if scope != HOST:
            return self.own.get(scope, NONE)
        return self.systems if group == "systemKeys" else self.functions

    def with_host(self, master: str, functions: Named, systems: Named) -> "Keys":
        """Return these keys with those of the host's document."""
        return replace(self, master=master, functions=functions, systems=systems)

    def with_own(self, function: str, keys: Named) -> "Keys":
        """Return these keys with those of a function's document."""
        return replace(self, own={**self.own, function: keys})


def new_key() -> str:
    """Generate a key as the real host does. It ends in two equals signs."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _is_one_of(given: str, keys: Iterable[str]) -> bool:
    """Return whether a key is among others, in constant time."""
    candidate = given.encode(errors="surrogateescape")
    matches = [hmac.compare_digest(candidate, key.encode()) for key in keys if key]
    return any(matches)
