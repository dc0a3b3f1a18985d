"""The emulator's ports: sockets bound to loopback and held from the moment a port is chosen.

A port belongs to its owner for life, so chosen ports lie below the kernel's range for outgoing
connections.
"""

import random
import socket

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 200


class NoPortError(Exception):
    """The port belongs to another process, or no port is free."""


def claim(*preferred: int) -> socket.socket:
    """Return a socket bound to a preferred port, or to any free one if those are taken."""
    for port in (*preferred, *random.sample(_RANGE, _ATTEMPTS)):
        listener = socket.socket()
        try:
            # Without SO_REUSEADDR, so that a port which is bound but not listening counts as taken.
            listener.bind((LOOPBACK, port))
            reserve(port_of(listener)).close()
        except (OSError, NoPortError):
            listener.close()
            continue
        _let_rebind(listener)
        return listener
    raise NoPortError(f"no free port among {_ATTEMPTS} tried")


def reclaim(port: int) -> socket.socket:
    """Return a socket bound to a port that was claimed earlier."""
    listener = socket.socket()
    _let_rebind(listener)
    try:
        listener.bind((LOOPBACK, port))
        reserve(port_of(listener)).close()
    except (OSError, NoPortError) as error:
        listener.close()
        raise NoPortError(f"port {port} is taken by another process") from error
    return listener


def reserve(port: int) -> socket.socket:
    """Reserve a port for a process that has to open it itself.

    The reservation is the UDP port of the same number, which every `claim` tries to bind, too.
    """
    reservation = socket.socket(type=socket.SOCK_DGRAM)
    try:
        reservation.bind((LOOPBACK, port))
    except OSError as error:
        reservation.close()
        raise NoPortError(f"port {port} is reserved by another process") from error
    return reservation


def port_of(listener: socket.socket) -> int:
    """Return the port that a socket is bound to."""
    port: int = listener.getsockname()[1]
    return port


def _let_rebind(listener: socket.socket) -> None:
    # Connections of the previous owner linger for a minute and must not block the port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
