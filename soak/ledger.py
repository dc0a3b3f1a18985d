"""Every start that was taken, what was found of it in the end, and what of that is wrong. Pure.

A start is accounted for when its instance was executed once, with the start's own input, and has
completed with it. An answer that was cut off may have been that of an instance that nobody knows
of: there is at most one for each answer that was lost, and it is held to the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from soak.plan import Start


@dataclass(frozen=True, slots=True)
class Entry:
    """A start that got its 202. `times`: how often, where its id was asked for more than once."""

    instance_id: str
    start: Start
    parked: bool = False  # its line did not serve it at once
    times: int = 1


@dataclass(slots=True)
class Ledger:
    """What was answered. `wrong`: answers that nobody should get, in words."""

    entries: dict[str, Entry] = field(default_factory=dict)
    cut_off: Counter[int] = field(default_factory=Counter)  # by start: answers that never came
    wrong: list[str] = field(default_factory=list)
    refused: int = 0  # asked for under an id that was there already, and told so

    def take(self, entry: Entry) -> None:
        """Note a start that was taken. ValueError when its instance is another start's."""
        if entry.instance_id in self.entries:
            raise ValueError(f"{entry.instance_id} was taken before")
        self.entries[entry.instance_id] = entry


@dataclass(frozen=True, slots=True)
class Trace:
    """What one execution of an instance leaves: when it began, and its input's number."""

    instance_id: str
    began: str
    nth: int


@dataclass(frozen=True, slots=True)
class End:
    """What the router tells of an instance in the end."""

    status: str
    value: Any  # the one in its output


@dataclass(frozen=True, slots=True)
class Found:
    """What there is in the end: an end of each instance, and every trace."""

    ends: Mapping[str, End]
    traces: Iterable[Trace]


def wrong(ledger: Ledger, planned: Iterable[Start], found: Found) -> list[str]:
    """Everything that is not as it should be, in words; nothing when all is well."""
    ran: dict[str, list[Trace]] = defaultdict(list)
    for trace in found.traces:
        ran[trace.instance_id].append(trace)
    unknown = (found.ends.keys() | ran.keys()) - ledger.entries.keys()
    all_planned = {start.nth: start for start in planned}
    return [
        *ledger.wrong,
        *_never_taken(ledger, all_planned),
        *(text for each in ledger.entries.values() for text in _faults(each, ran, found)),
        *_strangers(ledger, all_planned, {each: ran[each] for each in sorted(unknown)}, found),
    ]


def strangers(ledger: Ledger, found: Found) -> int:
    """How many instances there are of which no answer told."""
    return len(found.ends.keys() - ledger.entries.keys())


def _never_taken(ledger: Ledger, planned: Mapping[int, Start]) -> Iterator[str]:
    taken = {entry.start.nth for entry in ledger.entries.values()}
    for nth in sorted(planned.keys() - taken):
        yield f"start {nth} for {planned[nth].version} was never taken"


def _faults(entry: Entry, ran: Mapping[str, list[Trace]], found: Found) -> Iterator[str]:
    """What is wrong with one instance."""
    traces, end = ran.get(entry.instance_id, []), found.ends.get(entry.instance_id)
    if not 1 <= len(traces) <= entry.times:
        times = ", ".join(trace.began for trace in traces)
        yield f"{entry.instance_id} was executed {len(traces)} times ({times})"
    for trace in traces:
        if trace.nth != entry.start.nth:
            yield f"{entry.instance_id} was executed as start {trace.nth}, not {entry.start.nth}"
    if end is None:
        yield f"{entry.instance_id} is not there"
    elif end.status != "Completed":
        yield f"{entry.instance_id} is {end.status}"
    elif end.value != entry.start.value:
        yield f"{entry.instance_id} has not its own output, but {str(end.value)[:100]}"


def _strangers(
    ledger: Ledger,
    planned: Mapping[int, Start],
    unknown: Mapping[str, list[Trace]],
    found: Found,
) -> Iterator[str]:
    seen: Counter[int] = Counter()
    for instance_id, traces in unknown.items():
        start = planned.get(traces[0].nth) if traces else None
        if start is None:
            yield f"nobody started {instance_id}"
            continue
        seen[start.nth] += 1
        yield from _faults(Entry(instance_id, start), unknown, found)
    for nth, count in seen.items():
        if count > ledger.cut_off[nth]:
            yield f"start {nth} was doubled: {count} more than were answered"
