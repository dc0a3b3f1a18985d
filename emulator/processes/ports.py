"""Ports of the emulator: sockets bound to loopback, held from the moment a port is chosen.

A port that was given to someone is theirs for life, so chosen ports lie below the range from
which the kernel takes the ports of outgoing connections.
"""

import random
import socket

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 200


class NoPortError(Exception):
    """The port is taken by someone else, or none is free."""


def claim(*preferred: int) -> socket.socket:
    """A socket bound to the preferred port, or to any free one if that is taken or kept."""
    for port in (*preferred, *random.sample(_RANGE, _ATTEMPTS)):
        listener = socket.socket()
        try:
            # Without SO_REUSEADDR, so that a port that is only bound counts as taken, too.
            listener.bind((LOOPBACK, port))
            keep(port_of(listener)).close()
        except (OSError, NoPortError):
            listener.close()
            continue
        _let_rebind(listener)
        return listener
    raise NoPortError(f"no free port among {_ATTEMPTS} tried")


def reclaim(port: int) -> socket.socket:
    """A socket bound to a port that was claimed before."""
    listener = socket.socket()
    _let_rebind(listener)
    try:
        listener.bind((LOOPBACK, port))
        keep(port_of(listener)).close()
    except (OSError, NoPortError) as error:
        listener.close()
        raise NoPortError(f"port {port} is taken by another process") from error
    return listener


def keep(port: int) -> socket.socket:
    """What keeps a port ours while it is left to a process that must open it by itself.

    It is the UDP port of the same number, which every `claim` asks for as well.
    """
    keeper = socket.socket(type=socket.SOCK_DGRAM)
    try:
        keeper.bind((LOOPBACK, port))
    except OSError as error:
        keeper.close()
        raise NoPortError(f"port {port} is kept by another process") from error
    return keeper


def port_of(listener: socket.socket) -> int:
    """The port a socket is bound to."""
    port: int = listener.getsockname()[1]
    return port


def _let_rebind(listener: socket.socket) -> None:
    # Connections of the last owner linger for a minute; they must not keep the port from us.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
