"""The ports of the local run: the usual ones where they are free, kept from run to run.

They are held from the moment they are chosen, so that two runs that start together never share one.
"""

import socket
from collections.abc import Mapping
from pathlib import Path

from emulator.azurite import AzuritePorts
from emulator.places import read_json, write_json
from emulator.ports import NoPortError, claim, port_of, reclaim

USUAL = {"router": 7071, "arm": 8081, "blob": 10_000, "queue": 10_001, "table": 10_002}
_MOVABLE = {"router", "arm"}
_BACKLOG = 1024

Listeners = Mapping[str, socket.socket]
"""A listening socket for each of router, arm, blob, queue and table."""


def hold(file: Path) -> Listeners:
    """Hold the ports of this state directory, chosen on first use.

    Router and control plane move when someone else has taken their port. The storage cannot, as
    its address is in the settings of every app that was made: NoPortError says which port it is.
    """
    kept = read_json(file) or {}
    listeners = {name: _hold(name, kept.get(name)) for name in USUAL}
    write_json(file, {name: port_of(listener) for name, listener in listeners.items()})
    return listeners


def azurite_ports(listeners: Listeners) -> AzuritePorts:
    """Those of the storage."""
    return AzuritePorts(*(port_of(listeners[name]) for name in ("blob", "queue", "table")))


def _hold(name: str, kept: int | None) -> socket.socket:
    try:
        return _listening(reclaim(kept or USUAL[name]))
    except NoPortError:
        if kept is not None and name not in _MOVABLE:
            raise
    return _listening(claim(USUAL[name]))


def _listening(bound: socket.socket) -> socket.socket:
    bound.listen(_BACKLOG)
    return bound
