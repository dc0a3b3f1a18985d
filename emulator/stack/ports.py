"""The ports of the local run: the usual ones where they are free, kept from run to run.

They are held from the moment they are chosen, so that two runs that start together never share one:
those of the storage, which Azurite opens by itself, by what keeps their numbers.
"""

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

from emulator.processes.ports import NoPortError, claim, keep, port_of, reclaim
from emulator.processes.private_files import read_json, write_json
from emulator.stack.azurite import AzuritePorts

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
        return _listening(kept or USUAL[name])
    return _kept(USUAL[name] if kept is None else kept, movable=kept is None)


def _listening(port: int) -> socket.socket:
    """On this port, or on another one when it is taken: by a run that starts together, perhaps."""
    with contextlib.suppress(NoPortError, OSError), contextlib.ExitStack() as held:
        bound = held.enter_context(reclaim(port))
        bound.listen(_BACKLOG)
        held.pop_all()
        return bound
    bound = claim()
    bound.listen(_BACKLOG)
    return bound


def _kept(port: int, *, movable: bool) -> socket.socket:
    try:
        with reclaim(port) as bound:
            return keep(port_of(bound))
    except NoPortError:
        if not movable:
            raise
    with claim() as bound:
        return keep(port_of(bound))
