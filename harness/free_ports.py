"""Ports for what the tests start, apart from those that anybody else takes.

They lie below the emulator's own, which lie below those that the kernel gives to outgoing
connections; each process of a test run has its share, and gives none of it twice in a row.
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
    """The ports of this process, again and again; another test run begins elsewhere."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    mine = _RANGE[worker % _SHARES :: _SHARES]
    begin = random.randrange(len(mine))
    return cycle([*mine[begin:], *mine[:begin]])


_ports = _share()


def free_ports(count: int) -> tuple[int, ...]:
    """So many ports that nobody listens on."""
    return tuple(free_port() for _ in range(count))


def free_port() -> int:
    """One of them."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    try:
        reclaim(port).close()
    except NoPortError:
        return False
    return True
