"""The account of every start: what was accepted, what became of it, and what is wrong. Pure.

A start is accounted for when its instance was executed once, with the start's own input, and has
completed with it. An attempt whose response never came may have made an instance with an id that no
response named: there is at most one for each such attempt, and it is held to the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Request(Protocol):
    """A start that is to be accepted. Its number and its input are unlike any other's."""

    @property
    def number(self) -> int: ...
    @property
    def version(self) -> str: ...
    @property
    def value(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Entry[R: Request]:
    """An accepted start. `parked`: its line did not serve it at once.

    `times` is how often its id was accepted, if it was requested more than once.
    """

    instance_id: str
    request: R
    parked: bool = False
    times: int = 1


@dataclass(slots=True)
class StartLedger[R: Request]:
    """The responses to the requested starts."""

    entries: dict[str, Entry[R]] = field(default_factory=dict)
    uncertain: Counter[int] = field(default_factory=Counter)  # attempts, by the start's number
    wrong_answers: list[str] = field(default_factory=list)
    rejected: int = 0  # attempts refused because their id exists

    def add(self, entry: Entry[R]) -> None:
        """Add an accepted start. ValueError if its instance is another start's."""
        if entry.instance_id in self.entries:
            raise ValueError(f"{entry.instance_id} was accepted before")
        self.entries[entry.instance_id] = entry


@dataclass(frozen=True, slots=True)
class Execution:
    """The trace of one execution of an instance: when it began, and its input's number."""

    instance_id: str
    began: str
    number: int


@dataclass(frozen=True, slots=True)
class End:
    """The final status of an instance, and the value in its output."""

    status: str
    value: Any


@dataclass(frozen=True, slots=True)
class Observed:
    """The final findings: one end for each instance id, and every execution."""

    ends: Mapping[str, End]
    executions: Iterable[Execution]


def problems[R: Request](
    ledger: StartLedger[R], requests: Iterable[R], observed: Observed
) -> list[str]:
    """Return everything that is wrong, as text. Empty if every start is accounted for."""
    ran: dict[str, list[Execution]] = defaultdict(list)
    for execution in observed.executions:
        ran[execution.instance_id].append(execution)
    unknown = (observed.ends.keys() | ran.keys()) - ledger.entries.keys()
    requested = {request.number: request for request in requests}
    return [
        *ledger.wrong_answers,
        *_never_accepted(ledger, requested),
        *(text for entry in ledger.entries.values() for text in _problems_of(entry, ran, observed)),
        *_of_unknown(ledger, requested, {each: ran[each] for each in sorted(unknown)}, observed),
    ]


def unknown_instances[R: Request](ledger: StartLedger[R], observed: Observed) -> int:
    """Count the instances that no response named."""
    return len(observed.ends.keys() - ledger.entries.keys())


def _never_accepted[R: Request](
    ledger: StartLedger[R], requested: Mapping[int, R]
) -> Iterator[str]:
    accepted = {entry.request.number for entry in ledger.entries.values()}
    for number in sorted(requested.keys() - accepted):
        yield f"start {number} for {requested[number].version} was never accepted"


def _problems_of[R: Request](
    entry: Entry[R], ran: Mapping[str, list[Execution]], observed: Observed
) -> Iterator[str]:
    name, executions = entry.instance_id, ran.get(entry.instance_id, [])
    if not 1 <= len(executions) <= entry.times:
        times = ", ".join(execution.began for execution in executions)
        yield f"{name} was executed {len(executions)} times ({times})"
    for execution in executions:
        if execution.number != entry.request.number:
            yield (f"{name} was executed as start {execution.number}, not {entry.request.number}")
    end = observed.ends.get(name)
    if end is None:
        yield f"{name} does not exist"
    elif end.status != "Completed":
        yield f"{name} is {end.status}"
    elif end.value != entry.request.value:
        yield f"{name} has the output of another start: {str(end.value)[:100]}"


def _of_unknown[R: Request](
    ledger: StartLedger[R],
    requested: Mapping[int, R],
    unknown: Mapping[str, list[Execution]],
    observed: Observed,
) -> Iterator[str]:
    seen: Counter[int] = Counter()
    for instance_id, executions in unknown.items():
        request = requested.get(executions[0].number) if executions else None
        if request is None:
            yield f"{instance_id} belongs to no start"
            continue
        seen[request.number] += 1
        yield from _problems_of(Entry(instance_id, request), unknown, observed)
    for number, count in seen.items():
        if count > ledger.uncertain[number]:
            yield f"start {number} was duplicated: {count} more instances than responses"
