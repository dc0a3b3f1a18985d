"""Read a table page by page for a limited time, and continue from a cursor in a later call.

A query by another column than the keys reads the whole table: Azure returns empty pages for the
rows in between. A table of millions of rows therefore takes longer than one function call may.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient


@dataclass(frozen=True, slots=True)
class Slice:
    """The time of one call, in seconds, and the rows of a page, None for Azure's 1000."""

    seconds: float = 60.0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a call's time, from now on."""

    seconds: float
    begun: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Return True once the time has passed."""
        return time.monotonic() - self.begun >= self.seconds


@dataclass(frozen=True, slots=True)
class Page:
    """One page, often an empty one, and the cursor of the page after it, None after the last."""

    rows: Sequence[TableEntity]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A filter with its parameters, and the columns to return, None for all."""

    text: str
    parameters: Mapping[str, str]
    select: Sequence[str] | None = None


async def pages(
    table: TableClient, query: Query, cursor: str | None, size: int | None = None
) -> AsyncIterator[Page]:
    """Yield the pages from the cursor on, None for the first. Raises AzureError."""
    found = table.query_entities(
        query.text,
        parameters=dict(query.parameters),
        select=list(query.select) if query.select else None,
        results_per_page=size,
    )
    pager = found.by_page(continuation_token=json.loads(cursor) if cursor else None)
    async for page in pager:
        rows = [row async for row in page]
        following = getattr(pager, "continuation_token", None)
        yield Page(rows, json.dumps(following) if following else None)
