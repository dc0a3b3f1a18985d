"""The values that everything is decided over: releases, lines, operations, claims, readings.

Frozen; no value knows how it is stored or shown. Times are aware datetimes in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from semver import Version

from router.domain.hub_settings import HubSettings
from router.domain.instance_status import UNFINISHED
from router.domain.line_states import LineState
from router.domain.version import LineId


@dataclass(frozen=True, slots=True)
class Release:
    """An exact version and its package. Immutable once registered."""

    version: Version
    sha256: str
    size: int  # bytes of the package
    registered_at: datetime
    on_request: bool = False  # put in place only when ops or a start ask for it

    @property
    def line(self) -> LineId:
        return LineId.of(self.version)


class BlockerKind(StrEnum):
    """What keeps a line from being drained."""

    INSTANCE = "instance"
    MESSAGE = "message"
    SETTLING = "settling"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a line is not drained, in words for an operator."""

    kind: BlockerKind
    detail: str
    instance_id: str | None = None
    name: str | None = None
    runtime_status: str | None = None
    created_at: datetime | None = None


class Verdict(StrEnum):
    """What a reading says of a line's work."""

    BUSY = "busy"
    DRAINED = "drained"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drain:
    """The latest judgement of a line's work, and since when it has been quiet.

    `quiet_since`: the first of the unbroken complete readings without unfinished rows and visible
    messages. `empty_since`: the same, with every queue's count at 0.
    """

    verdict: Verdict
    checked_at: datetime
    blockers: tuple[Blocker, ...] = ()
    quiet_since: datetime | None = None
    empty_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TeardownReport:
    """What a retirement left: what was looked for and is gone, and what remains until when."""

    at: datetime
    absent: tuple[str, ...]
    remains: tuple[str, ...]
    until: datetime | None = None  # None: for ever
    purged_at: datetime | None = None  # when what remained went as well


class OperationKind(StrEnum):
    """What an operation does to its line."""

    PROVISION = "provision"
    PATCH = "patch"
    REPAIR = "repair"
    RETIRE = "retire"
    CLEAN_UP = "cleanup"


@dataclass(frozen=True, slots=True)
class Line:
    """major.minor: one function app, one task hub. `etag` is the catalog's, "" when not stored."""

    id: LineId
    state: LineState
    since: datetime  # when it entered its state
    function_app: str
    plan: str
    task_hub: str
    hub: HubSettings | None = None  # as it was made; None while there is none
    release: Version | None = None  # in place
    deploying: Version | None = None  # being put in place
    operation: str | None = None  # id of the operation that holds the line
    operation_kind: OperationKind | None = None  # of that one
    operations: int = 0  # how many have begun; numbers the next
    host_name: str | None = None  # of the function app, as Azure named it
    last_start_at: datetime | None = None  # kept while draining only
    drain: Drain | None = None
    error: str | None = None  # of the last operation, until the next one begins
    failed_releases: tuple[
        Version, ...
    ] = ()  # releases that did not come up, the latest failure last
    needs_repair: bool = False  # what its app holds is not, or not surely, `release`
    closed: bool = False  # drains without taking new starts
    warned_at: datetime | None = None  # that it drains for too long
    terminated_at: datetime | None = None  # when its unfinished work was last ended for that
    waiting_for_capacity: str | None = (
        None  # the limit that keeps it from being provisioned, in words
    )
    retirement: str | None = None  # id of the last operation that retired it
    teardown_report: TeardownReport | None = None  # of that retirement
    etag: str = ""


class Progress(StrEnum):
    """Where an operation, or one of its steps, is."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an operation; its name is the name of the activity that does it."""

    name: str
    state: Progress = Progress.PENDING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str | None = None
    calls: int = 0  # while it waited


@dataclass(frozen=True, slots=True)
class Operation:
    """A change of a line that takes time, step by step."""

    id: str
    kind: OperationKind
    line: LineId
    release: Version | None
    begun_at: datetime
    state: Progress = Progress.RUNNING
    steps: tuple[Step, ...] = ()
    error: str | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A function app or a plan in Azure that is known to be the router's, by its tags."""

    name: str
    line: LineId
    is_app: bool
    task_hub: str | None = None
    release: Version | None = None  # the last one that was put in place, or was to be
    hub: HubSettings | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An instance id that a caller gave, and the line that a start of it was last meant for.

    `before`: when the instance was made that was there under the id when it was claimed; any
    other one that is found later has been made since. `free_from`: until then a change may still
    arrive that was meant for what another line had under the id; nothing is to be there then.
    """

    instance_id: str
    line: LineId
    at: datetime
    before: datetime | None = None
    free_from: datetime | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an instance is, as its row says."""

    task_hub: str
    runtime_status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Orchestration:
    """One of the router's own. `output`: what came of it; the reason, if it was terminated."""

    value: Mapping[str, Any]  # its input
    runtime_status: str
    updated_at: datetime | None = None
    output: Any = None

    @property
    def unfinished(self) -> bool:
        """Whether it has not ended."""
        return self.runtime_status in UNFINISHED


@dataclass(frozen=True, slots=True)
class LineEvent:
    """Something that happened to a line, for people."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class UnfinishedInstance:
    """A row of the tracking store that has not ended; an entity's name is its id."""

    instance_id: str
    name: str
    runtime_status: str
    created_at: datetime
    scheduled_at: datetime | None = None  # when it is to begin, where that was said


@dataclass(frozen=True, slots=True)
class QueueReading:
    """One queue: how many messages it holds, and whether one of them is visible."""

    name: str
    messages: int  # approximate count, invisible ones included
    visible: bool
    activities: bool = False  # the work-item queue: no timer is ever in it


@dataclass(frozen=True, slots=True)
class HubReading:
    """What one look at a hub saw. With `problems` it is partial: it may delay, never delete.

    `made` is False when all could be read and there was nothing of the hub: no queue, no row.
    """

    read_at: datetime
    unfinished: tuple[UnfinishedInstance, ...] = ()  # the first one found is enough
    queues: tuple[QueueReading, ...] = ()
    problems: tuple[str, ...] = field(default=())
    made: bool = True

    @property
    def complete(self) -> bool:
        return not self.problems
