"""The port to the inputs of parked starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from router.domain.version import LineId


class Kept(StrEnum):
    """The reasons why something is kept of a parked start."""

    WAITING = "waiting"
    FORWARDED = "forwarded"  # without its input, until its orchestration is purged
    ENDED = "ended"  # refused or cancelled; its status shows its input


@dataclass(frozen=True, slots=True)
class KeptInput:
    """Something that is kept, by its reference, of the start of an instance."""

    reference: str
    instance_id: str
    at: datetime


class ParkedInputs(Protocol):
    """The inputs of parked starts, each stored once. Raises Unreadable."""

    async def put(self, line: LineId, instance_id: str, value: str) -> str:
        """Store the input of a start that is about to be parked, and return its reference."""

    async def get(self, reference: str) -> str | None:
        """Return an input, or None if it was deleted."""

    async def was_forwarded(self, reference: str) -> bool:
        """Return True if an input was deleted because its start was forwarded."""

    async def keep(self, reference: str, kept: Kept) -> None:
        """Record how a start ended: as FORWARDED, which deletes its input, or as ENDED."""

    async def delete(self, reference: str) -> None:
        """Delete everything that is kept of a start."""

    async def counts(self) -> Mapping[LineId, int]:
        """Count the waiting ones of each line."""

    async def older(self, kept: Kept, than: datetime, top: int) -> Sequence[KeptInput]:
        """Return some of those that are kept since before a time."""
