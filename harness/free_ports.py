"""Free ports for what the tests start.

They lie below the emulator's own ports, which lie below those that the kernel gives to outgoing
connections. Each process of a test run has a share of them, and reuses none of it soon.
"""

import os
import random
import re
from collections.abc import Iterator
from itertools import cycle

from emulator.processes.ports import NoPortError, reclaim

_RANGE = range(12_000, 20_000)
_SHARES = 16


def _share() -> Iterator[int]:
    """Return the ports of this process, in a circle that begins at a random one."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    mine = _RANGE[worker % _SHARES :: _SHARES]
    begin = random.randrange(len(mine))
    return cycle([*mine[begin:], *mine[:begin]])


_ports = _share()


def free_ports(count: int) -> tuple[int, ...]:
    """Return this many ports that nothing listens on."""
    return tuple(free_port() for _ in range(count))


def free_port() -> int:
    """Return a port that nothing listens on."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    try:
        reclaim(port).close()
    except NoPortError:
        return False
    return True
