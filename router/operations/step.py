"""One step of an operation: what it works on, and what it may return.

A step is called until it is done and may be called again after that. Each call finds out what is
there and does what is missing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from semver import Version

from router.context import Context
from router.domain.errors import PlatformFailed
from router.domain.model import Line, Operation, Progress


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on. `line` was read when the step was called."""

    context: Context
    operation: Operation
    line: Line

    @property
    def release(self) -> Version:
        """The release that the operation puts in place; for a repair, the one that was."""
        release = self.operation.release or self.line.release
        if release is None:
            raise PlatformFailed(f"Operation {self.operation.id} names no release to deploy.")
        return release

    @property
    def is_in_charge(self) -> bool:
        """Return whether the operation still holds its line: its last step lets go of it."""
        return self.line.operation == self.operation.id

    def result_of(self, step: str) -> str | None:
        """Return what an earlier step of this operation returned when it was done."""
        done = (each for each in self.operation.steps if each.state is Progress.SUCCEEDED)
        return next((each.detail for each in done if each.name == step), None)


@dataclass(frozen=True, slots=True)
class Pending:
    """Not done yet.

    `reason` is shown while the step waits. `seconds`: how long not to call it again.
    `for_capacity`: a limit is reached and a line must be evicted first, which may take any time.
    """

    reason: str
    seconds: float = 0.0
    for_capacity: bool = False


Result = str | Pending
"""What a step returns: a description of what it has done, or why it is not done yet."""

StepFunction = Callable[[Work], Awaitable[Result]]
