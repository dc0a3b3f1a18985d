"""The values that the router decides on: releases, lines, operations, claims and readings.

All are frozen. Times are aware datetimes in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from semver import Version

from router.domain.app_health import HealthWatch
from router.domain.applied_settings import AppliedSettings
from router.domain.failures import Failures
from router.domain.hub_settings import HubSettings
from router.domain.instance_status import UNFINISHED
from router.domain.line_states import LineState
from router.domain.stored_text import StoredText
from router.domain.version import LineId


@dataclass(frozen=True, slots=True)
class Release:
    """An exact version and its package. Immutable once registered."""

    version: Version
    sha256: str
    size: int  # bytes of the package
    registered_at: datetime
    on_request: bool = False  # deployed only when ops or a start request it
    removes: bool = False  # may lack functions of the release that it replaces
    warnings: tuple[str, ...] = ()  # about options of its package that its line overrides

    @property
    def line(self) -> LineId:
        return LineId.of(self.version)


class BlockerKind(StoredText):
    """The kinds of reasons why a line is not drained."""

    INSTANCE = "instance"
    MESSAGE = "message"
    SETTLING = "settling"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a line is not drained, where `detail` explains it to an operator."""

    kind: BlockerKind
    detail: str
    instance_id: str | None = None
    name: str | None = None
    runtime_status: str | None = None
    created_at: datetime | None = None


class Verdict(StoredText):
    """The state of a line's work as a reading shows it."""

    BUSY = "busy"
    DRAINED = "drained"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drain:
    """The latest verdict on a line's work, and since when the line has been quiet.

    `quiet_since`: the first of an unbroken series of complete readings without unfinished rows or
    visible messages. `empty_since`: the same, with every queue's count at 0.
    """

    verdict: Verdict
    checked_at: datetime
    blockers: tuple[Blocker, ...] = ()
    quiet_since: datetime | None = None
    empty_since: datetime | None = None
    cursor: str | None = None  # of a reading that is continued, which began at `checked_at`


@dataclass(frozen=True, slots=True)
class TeardownReport:
    """The result of a retirement: what was verified to be gone, and what remains until when."""

    at: datetime
    absent: tuple[str, ...]
    remains: tuple[str, ...]
    until: datetime | None = None  # None: indefinitely
    purged_at: datetime | None = None  # when the remains were deleted
    store: str | None = None  # of the rows that remain, as in HubSettings


class OperationKind(StoredText):
    """The kinds of operations."""

    PROVISION = "provision"
    PATCH = "patch"
    REPAIR = "repair"
    REFRESH = "refresh"
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
    hub: HubSettings | None = None  # as it was created; None while there is none
    applied: AppliedSettings | None = None  # to its app; None while that is unknown
    release: Version | None = None  # deployed
    functions: tuple[str, ...] = ()  # of `release`: orchestrators, activities and entities
    background: tuple[str, ...] = ()  # of `release`: functions that run of their own accord
    disabled: tuple[str, ...] = ()  # of those, which are to be disabled on its app
    deploying: Version | None = None
    operation: str | None = None  # id of the operation that holds the line
    operation_kind: OperationKind | None = None  # of that operation
    operations: int = 0  # how many have begun, to number the next one
    host_name: str | None = None  # of the function app, as Azure named it
    last_start_at: datetime | None = None  # recorded only while draining
    drain: Drain | None = None
    error: str | None = None  # of the last operation, until the next one begins
    failures: Failures | None = None  # in a row, of what is tried again automatically
    failed_releases: tuple[Version, ...] = ()  # the latest failure last
    needs_repair: bool = False  # its app may not hold `release`
    closed: bool = False  # takes no new starts while it drains
    warned_at: datetime | None = None  # when the warning of a long drain was recorded
    terminated_at: datetime | None = None  # when its overdue work was last terminated
    app_stopped_at: datetime | None = None  # since when it has been stopped in Azure
    found_empty_at: datetime | None = None  # its hub, after its app was stopped to be deleted
    waiting_for_capacity: str | None = None  # the limit that delays its provisioning, in words
    retirement: str | None = None  # id of the last operation that retired it
    teardown_report: TeardownReport | None = None  # of that retirement
    etag: str = ""


class Progress(StoredText):
    """The state of an operation or of one of its steps."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an operation, named after the activity that performs it."""

    name: str
    state: Progress = Progress.PENDING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str | None = None
    calls: int = 0  # of its activity while it waited
    watch: HealthWatch | None = None  # what it remembers of the app's host
    cursor: str | None = None  # from where it continues


@dataclass(frozen=True, slots=True)
class Operation:
    """A change of a line that takes several steps."""

    id: str
    kind: OperationKind
    line: LineId
    release: Version | None
    begun_at: datetime
    state: Progress = Progress.RUNNING
    steps: tuple[Step, ...] = ()
    error: str | None = None
    failed_instances: int | None = None  # of the line, while its release was replaced
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A function app or a plan in Azure whose tags are the router's."""

    name: str
    line: LineId
    is_app: bool
    task_hub: str | None = None
    release: Version | None = None  # the last one whose deployment was begun
    hub: HubSettings | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An instance id that a caller chose, and the line of its latest start.

    `before`: when the instance was created that the id named at the time of the claim. Any other
    instance is newer than the claim. `free_from`: until then a change may still arrive that was
    meant for an instance of another line, so the id must not be in use.
    """

    instance_id: str
    line: LineId
    at: datetime
    before: datetime | None = None
    free_from: datetime | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """The task hub that an instance belongs to, from its row."""

    task_hub: str
    runtime_status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Orchestration:
    """One of the router's own. `output` is the reason if it was terminated."""

    value: Mapping[str, Any]  # its input
    runtime_status: str
    updated_at: datetime | None = None
    output: Any = None

    @property
    def unfinished(self) -> bool:
        """Return True unless it has ended as it should.

        The platform lets an orchestration fail whose turn falls into a restart of its worker. One
        that failed is begun again.
        """
        return self.runtime_status in UNFINISHED or self.runtime_status == "Failed"


@dataclass(frozen=True, slots=True)
class LineEvent:
    """Something that happened to a line, described for operators."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class UnfinishedInstance:
    """A row of the tracking store that has not ended. An entity's name is its id."""

    instance_id: str
    name: str
    runtime_status: str
    created_at: datetime
    scheduled_at: datetime | None = None  # when it is to begin, if it was scheduled


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The number of messages in a queue, and whether one of them is visible."""

    name: str
    messages: int  # approximate count, invisible ones included
    visible: bool
    activities: bool = False  # the work-item queue, which never holds timers


@dataclass(frozen=True, slots=True)
class HubReading:
    """One reading of a hub. A partial one, with `problems`, may delay a deletion but not allow it.

    `made` is False when everything could be read and the hub has neither queues nor rows.
    `cursor`: where reading its instances continues, if their number needs more than one call.
    """

    read_at: datetime
    unfinished: tuple[UnfinishedInstance, ...] = ()  # the first one found suffices
    queues: tuple[QueueReading, ...] = ()
    problems: tuple[str, ...] = field(default=())
    made: bool = True
    cursor: str | None = None

    @property
    def complete(self) -> bool:
        return not self.problems and self.cursor is None
