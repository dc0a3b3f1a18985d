"""Ports for what the tests start, below those that the kernel gives to outgoing connections: runs
beside each other take none of them in between."""

import contextlib

from emulator.ports import claim, port_of


def free_ports(count: int) -> tuple[int, ...]:
    """So many ports that nobody listens on."""
    with contextlib.ExitStack() as held:
        return tuple(port_of(held.enter_context(claim())) for _ in range(count))


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]
