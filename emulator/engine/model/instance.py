"""Orchestration instances as clients see them: status, list filter and start errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

UNFINISHED = frozenset({"Pending", "Running", "ContinuedAsNew", "Suspended"})


@dataclass(frozen=True, slots=True)
class Instance:
    """One row of the Instances table, with `input`, `output` and `custom_status` as JSON text."""

    instance_id: str
    execution_id: str
    name: str
    version: str | None
    runtime_status: str
    input: str | None
    output: str | None
    custom_status: str | None
    created_at: datetime
    last_updated_at: datetime
    completed_at: datetime | None
    scheduled_start_at: datetime | None
    generation: int
    task_hub: str | None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceQuery:
    """The filter of an instance list. None and empty values match everything."""

    prefix: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    statuses: Sequence[str] = ()
    top: int = 100
    continuation: str | None = None


class InstanceExistsError(Exception):
    """The id of a start is taken by an instance whose status does not allow replacement."""

    def __init__(self, status: str) -> None:
        super().__init__(f"An Orchestration instance with the status {status} already exists.")
        self.status = status
