"""Keep the router's settings on an app apart from those that a team or a policy added there."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from router.domain.applied_settings import AppliedSettings
from router.domain.errors import PlatformFailed
from router.domain.reserved_settings import CONNECTION, is_connection, is_reserved

_ACCOUNT = re.compile(r"\bAccountName=(\w+)|Endpoint=https?://(\w+)\.", re.ASCII)
_URL = re.compile(r"https?://(\w+)\.", re.ASCII)


def applied(settings: Mapping[str, str]) -> AppliedSettings:
    """Return what to remember of the router's settings once they are on the app."""
    secret = sorted((name, value) for name, value in settings.items() if is_connection(name))
    digest = hashlib.sha256(json.dumps(secret).encode()).hexdigest()
    return AppliedSettings(tuple(sorted(settings)), digest)


def merged(
    found: Mapping[str, str], wanted: Mapping[str, str], former: Iterable[str] = ()
) -> dict[str, str]:
    """Return an app's settings with the router's.

    Those that someone else added stay, unless they would shadow one of the router's. `former`: the
    names of the router's at an earlier time.
    """
    replaced = {_plain(name) for name in (*wanted, *former)}
    others = {
        name: value
        for name, value in found.items()
        if _plain(name) not in replaced and not is_reserved(name)
    }
    return others | dict(wanted)


def with_applied_connections(
    found: Mapping[str, str], wanted: Mapping[str, str], applied_before: AppliedSettings | None
) -> dict[str, str]:
    """Return the router's settings, with the connections that it put on the app before.

    That is if the app still has those, as when a key was rotated since: a refresh brings the new
    one. Raises PlatformFailed if they lead to the queues of another account.
    """
    names = applied_before.names if applied_before else ()
    own = {name: found[name] for name in names if is_connection(name) and name in found}
    if applied_before is None or applied(own).connections != applied_before.connections:
        return dict(wanted)
    require_same_queues(found, wanted)
    return {name: value for name, value in wanted.items() if not is_connection(name)} | own


def require_same_queues(found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Raise PlatformFailed if the router's settings would move the queues of the app's hub."""
    before, after = _queue_account(found), _queue_account(wanted)
    if before and after and before != after:
        raise PlatformFailed(
            "The app's settings were not changed: the queues of its task hub are in storage "
            f"account {before}, and not in {after}. Restore ROUTER_LINE_STORAGE"
        )


def _queue_account(settings: Mapping[str, str]) -> str:
    """Return the name of the account of the app's queues, empty if the settings do not show it."""
    known = {_plain(name): value for name, value in settings.items()}
    section = _plain(CONNECTION)
    if named := known.get(f"{section}__accountname"):
        return named
    if text := known.get(section):
        found = _ACCOUNT.search(text)
    else:
        found = _URL.match(known.get(f"{section}__queueserviceuri", ""))
    return next((each for each in found.groups() if each), "") if found else ""


def _plain(name: str) -> str:
    """Return a setting's name as Azure compares it."""
    return name.replace(":", "__").casefold()
