"""The app settings that the router's safety rests on, which only the router may set.

A line is deleted because its hub, in its storage, has no work. Whatever makes its app use another
hub, other storage or another release must therefore not come from elsewhere. Settings are read
without case, and their sections are separated by `__` or `:`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from router.domain.app_health import PACKAGE_HEADER

CONNECTION: Final = "AzureWebJobsStorage"
TRACKING: Final = "TrackingStorage"
PREFIX: Final = "AzureWebJobs"
RELEASE_LINE: Final = "RELEASE_LINE"
_SEPARATOR = re.compile("__|:")
_JOB_HOST = ("azurefunctionsjobhost", "extensions")
_DURABLE = (*_JOB_HOST, "durabletask")
_OPTIONS = frozenset({"hubname", "overridableexistinginstancestates"})
_PROVIDER = (*_DURABLE, "storageprovider")
_PROVIDER_OPTIONS = frozenset(
    {
        *("type", "connectionname", "connectionstringname", "partitioncount"),
        *("trackingstoreconnectionname", "trackingstoreconnectionstringname"),
        *("trackingstorenameprefix", "queueclientmessageencoding"),
        *("controlqueuevisibilitytimeout", "workitemqueuevisibilitytimeout"),
    }
)
_HEADER = (*_JOB_HOST, "http", "customheaders", PACKAGE_HEADER.casefold())
# A connection is looked up with the prefix first, and among the connection strings as well.
_CONNECTIONS = frozenset(
    f"{prefix}{name}".casefold() for name in (CONNECTION, TRACKING) for prefix in ("", PREFIX)
)
_STRINGS = re.compile(r"(custom|sql|mysql|sqlazure|postgresql)connstr_")


def is_reserved(name: str) -> bool:
    """Return True for a setting that only the router may set."""
    path = _path(name)
    if is_connection(name) or path[:1] == (RELEASE_LINE.casefold(),):
        return True
    if path[:-1] == _DURABLE:
        return path[-1] in _OPTIONS
    if path[:-1] == _PROVIDER:
        return path[-1] in _PROVIDER_OPTIONS
    return path == _HEADER


def is_connection(name: str) -> bool:
    """Return True if a setting would be read for one of the app's connections."""
    return next(iter(_path(name)), "") in _CONNECTIONS


def _path(name: str) -> tuple[str, ...]:
    """Return the sections of a setting's name, as Azure compares them."""
    path = tuple(_SEPARATOR.split(_STRINGS.sub("connectionstrings:", name.casefold(), count=1)))
    return path[1:] if path[0] == "connectionstrings" else path


def reserved(names: Iterable[str]) -> tuple[str, ...]:
    """Return the reserved names among these, sorted."""
    return tuple(sorted(filter(is_reserved, names)))


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """The settings to write so that the reserved ones are the router's, and what differed."""

    settings: Mapping[str, str]
    what: str


def corrected(found: Mapping[str, str], wanted: Mapping[str, str]) -> Correction | None:
    """Return how to put the reserved settings back, or None if an app has the wanted ones.

    Others are left as they are, because policies and operators may have reasons for them.
    """
    own = {name: wanted[name] for name in reserved(wanted)}
    there = {name: found[name] for name in reserved(found)}
    if own == there:
        return None
    names = sorted(name for name in own.keys() | there.keys() if own.get(name) != there.get(name))
    kept = {name: value for name, value in found.items() if name not in there}
    return Correction(kept | own, ", ".join(_shown(name, found) for name in names))


def _shown(name: str, found: Mapping[str, str]) -> str:
    """Describe a setting that differed, with its value unless it may be secret."""
    if name not in found:
        return f"{name} was missing"
    may_be_secret = _path(name)[:1] != _JOB_HOST[:1]
    return f"{name} was changed" if may_be_secret else f"{name} was {found[name][:60]!r}"
