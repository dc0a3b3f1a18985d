"""Execution ids: derived from their cause, and recognizable as generations of one start."""

import uuid

_NAMESPACE = uuid.UUID("5f0c2c9e-6f0e-4d0c-9a3b-6a2f6f2c7f11")
_LINEAGE = 16  # characters shared by the execution ids of all generations of one start


def derived(cause: str) -> str:
    """Return the execution id that always follows from the same cause."""
    return uuid.uuid5(_NAMESPACE, cause).hex


def next_generation(execution_id: str) -> str:
    """Return the id of the execution that follows this one through continue-as-new."""
    return execution_id[:_LINEAGE] + derived(f"{execution_id}/next")[_LINEAGE:]


def same_lineage(one: str | None, other: str | None) -> bool:
    """Return True if two execution ids are equal or, through continue-as-new, of one start.

    Such a start has been processed already, however often it is delivered.
    """
    return (one or "")[:_LINEAGE] == (other or "")[:_LINEAGE]
