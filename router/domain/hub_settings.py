"""The settings that a task hub was created with, which hold until the hub is deleted.

The router's own settings may change while lines are up, but a hub's number of queues, the
visibility time-out of its messages and the location of its rows do not. They are also kept as the
text of a tag in case the catalog is lost.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_TEXT = re.compile(r"(\d{1,3}) queues, hidden (\d+(?:\.\d+)?) s, in ([\w.:-]*/\w*)", re.ASCII)


class TrackingMode(StrEnum):
    """Which lines have their rows in the same tables."""

    PER_LINE = "per-line"  # none
    SHARED = "shared"  # all


@dataclass(frozen=True, slots=True)
class HubSettings:
    """`store`: the account and the prefix of the tables with its rows, never a key."""

    partitions: int  # control queues
    visibility: float  # seconds for which a message is hidden once a worker has received it
    store: str


def as_text(hub: HubSettings) -> str:
    """Return a text such as "4 queues, hidden 300 s, in account/Lines"."""
    return f"{hub.partitions} queues, hidden {hub.visibility:.10g} s, in {hub.store}"


def from_text(text: str) -> HubSettings | None:
    """Parse the output of `as_text`; None for any other text."""
    found = _TEXT.fullmatch(text)
    return HubSettings(int(found[1]), float(found[2]), found[3]) if found else None


def account_of(store: str) -> str:
    """Return the name of the account of a store such as account/Lines."""
    return store.rpartition("/")[0]


def prefix_of(store: str) -> str:
    """Return the prefix of the tables of a store such as account/Lines."""
    return store.rpartition("/")[2]


def tables_of(store: str) -> str:
    """Return the names of a store's two tables, for operators."""
    return f"{prefix_of(store)}Instances and {prefix_of(store)}History"
