"""The ports of the local run: the usual ones where they are free, and the same in every run.

They are held from the moment they are chosen, so that two runs that start together never share
one. The storage ports, which Azurite opens itself, are held by a reservation.
"""

import contextlib
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from emulator.processes.ports import NoPortError, claim, port_of, reclaim, reserve
from emulator.processes.private_files import read_json, write_json
from emulator.stack.azurite import AzuritePorts

USUAL = {"router": 7071, "arm": 8081, "blob": 10_000, "queue": 10_001, "table": 10_002}
_MOVABLE = {"router", "arm"}
_BACKLOG = 1024

Held = Mapping[str, socket.socket]
"""A listening socket each for routers and arm, a reservation each for blob, queue and table."""


def hold(file: Path, more: Iterable[str] = ()) -> Held:
    """Hold the ports of a state directory, which are chosen on first use.

    `more` are the names of further instances of the router. Routers and control plane move when
    another process has taken their port. The storage cannot move, because its address is in the
    settings of every app: NoPortError names the port.
    """
    earlier = read_json(file) or {}
    held = {name: _hold(name, earlier.get(name)) for name in USUAL}
    held |= {name: _listening(earlier.get(name)) for name in more}
    write_json(file, {name: port_of(each) for name, each in held.items()})
    return held


def azurite_ports(held: Held) -> AzuritePorts:
    """Return the ports of the storage."""
    return AzuritePorts(*(port_of(held[name]) for name in ("blob", "queue", "table")))


def _hold(name: str, earlier: int | None) -> socket.socket:
    if name in _MOVABLE:
        return _listening(earlier or USUAL[name])
    return _reserved(USUAL[name] if earlier is None else earlier, movable=earlier is None)


def _listening(port: int | None) -> socket.socket:
    """Listen on a port, or on another one if it is taken, perhaps by a concurrent run."""
    if port is not None:
        with contextlib.suppress(NoPortError, OSError), contextlib.ExitStack() as held:
            bound = held.enter_context(reclaim(port))
            bound.listen(_BACKLOG)
            held.pop_all()
            return bound
    bound = claim()
    bound.listen(_BACKLOG)
    return bound


def _reserved(port: int, *, movable: bool) -> socket.socket:
    try:
        with reclaim(port) as bound:
            return reserve(port_of(bound))
    except NoPortError:
        if not movable:
            raise
    with claim() as bound:
        return reserve(port_of(bound))
