"""What a task hub was made with, which holds for as long as the hub is there.

The router's own settings may change while lines are up; how many queues a hub has, how long its
messages stay hidden and where its rows are does not change with them. Also written as a tag's
text, should the catalog be lost. Knows nothing of where the values come from.
"""

import re
from dataclasses import dataclass

_TEXT = re.compile(r"(\d{1,3}) queues, hidden (\d+(?:\.\d+)?) s, in ([\w.:-]*/\w*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class HubSettings:
    """`store`: account and prefix of the tables with its rows; never a key."""

    partitions: int  # control queues
    visibility: float  # seconds for which a message that a worker has taken is hidden
    store: str


def as_text(hub: HubSettings) -> str:
    """Such as 4 queues, hidden 300 s, in account/Lines."""
    return f"{hub.partitions} queues, hidden {hub.visibility:.10g} s, in {hub.store}"


def from_text(text: str) -> HubSettings | None:
    """What `as_text` wrote; None for anything else."""
    found = _TEXT.fullmatch(text)
    return HubSettings(int(found[1]), float(found[2]), found[3]) if found else None
