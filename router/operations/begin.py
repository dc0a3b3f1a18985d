"""Begins operations on lines and sees that each one runs: a change of the line's row comes first.

The row's compare-and-set decides who begins; everything after it can be done again by anybody who
meets the row. Knows neither what the steps do nor who asked.
"""

from semver import Version

from router.domain.errors import Changed, Exists, Refusal, Unavailable
from router.domain.model import Line, LineEvent, Operation, OperationKind
from router.domain.resource_names import monitor_id
from router.domain.version import LineId
from router.operations import rules as operation_rules
from router.ports import Catalog, Clock, Orchestrations

_ATTEMPTS = 10
RUN, MONITOR = "run_operation", "monitor_line"


class Operations:
    """Begins, resumes and tells operations."""

    def __init__(self, catalog: Catalog, now: Clock) -> None:
        self._catalog = catalog
        self._now = now

    async def begin(
        self,
        line_id: LineId,
        kind: OperationKind,
        release: Version | None,
        orchestrations: Orchestrations,
    ) -> Operation:
        """Put an operation in charge of the line and start it.

        Raises Refusal 409 `operation-running` or `wrong-state` when the line is not free for it.
        """
        for _ in range(_ATTEMPTS):
            line = await self.line(line_id)
            begun, operation = operation_rules.begin(line, kind, release, self._now())
            try:
                await self._catalog.replace_line(begun)
            except Changed:
                continue
            await self.ensure(operation, orchestrations)
            return operation
        raise Unavailable("line-busy", f"Line {line_id} changes too fast just now. Try again.")

    async def ensure(self, operation: Operation, orchestrations: Orchestrations) -> None:
        """See that the operation has its row and runs, and that somebody looks after its line.

        Doing it again does nothing.
        """
        try:
            await self._catalog.add_operation(operation)
        except Exists:
            pass
        else:
            await self._tell(operation)
        await orchestrations.start(RUN, operation.id, {"operation": operation.id})
        await self.see_watched(operation.line, orchestrations)

    async def see_watched(self, line_id: LineId, orchestrations: Orchestrations) -> None:
        """See that the line has its monitor."""
        await orchestrations.start(MONITOR, monitor_id(line_id), {"line": str(line_id)})

    async def resume(self, line: Line, orchestrations: Orchestrations) -> None:
        """Start again what holds the line, should its beginning have been cut off."""
        if line.operation is not None:
            operation = await self._catalog.operation(line.operation)
            await self.ensure(operation or operation_rules.held_by(line), orchestrations)

    async def line(self, line_id: LineId) -> Line:
        """The line's row, or Refusal 404 unknown-line."""
        line = await self._catalog.line(line_id)
        if line is None:
            raise Refusal(404, "unknown-line", f"There is no line {line_id}. See GET /api/lines.")
        return line

    async def _tell(self, operation: Operation) -> None:
        what = f"{operation.kind} began ({operation.id})"
        await self._catalog.add_event(operation.line, LineEvent(operation.begun_at, what))
