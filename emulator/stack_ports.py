"""The ports of the local run: the usual ones where they are free, kept from run to run.

They are held from the moment they are chosen, so that two runs that start together never share one:
those of the storage, which Azurite opens by itself, by what keeps their numbers.
"""

import socket
from collections.abc import Mapping
from pathlib import Path

from emulator.azurite import AzuritePorts
from emulator.places import read_json, write_json
from emulator.ports import NoPortError, claim, keep, port_of, reclaim

USUAL = {"router": 7071, "arm": 8081, "blob": 10_000, "queue": 10_001, "table": 10_002}
_MOVABLE = {"router", "arm"}
_BACKLOG = 1024

Held = Mapping[str, socket.socket]
"""For router and arm a listening socket; for blob, queue and table what keeps their ports."""


def hold(file: Path) -> Held:
    """Hold the ports of this state directory, chosen on first use.

    Router and control plane move when someone else has taken their port. The storage cannot, as
    its address is in the settings of every app that was made: NoPortError says which port it is.
    """
    kept = read_json(file) or {}
    held = {name: _hold(name, kept.get(name)) for name in USUAL}
    write_json(file, {name: port_of(each) for name, each in held.items()})
    return held


def azurite_ports(held: Held) -> AzuritePorts:
    """Those of the storage."""
    return AzuritePorts(*(port_of(held[name]) for name in ("blob", "queue", "table")))


def _hold(name: str, kept: int | None) -> socket.socket:
    if name in _MOVABLE:
        bound = _bound(kept or USUAL[name])
        bound.listen(_BACKLOG)
        return bound
    with _bound(USUAL[name]) if kept is None else reclaim(kept) as bound:
        return keep(port_of(bound))


def _bound(port: int) -> socket.socket:
    try:
        return reclaim(port)
    except NoPortError:
        return claim()
