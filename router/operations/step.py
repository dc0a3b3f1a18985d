"""One step of an operation: its input and its result.

A step is called until it is done and may be called again after that. Each call checks what exists
and does what is missing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from semver import Version

from router.context import Context
from router.domain.app_health import HealthWatch
from router.domain.errors import PlatformFailed
from router.domain.model import Line, Operation, Progress, Step


@dataclass(frozen=True, slots=True)
class Work:
    """The input of a step. `line` was read when the step was called."""

    context: Context
    operation: Operation
    line: Line

    @property
    def release(self) -> Version:
        """The release to deploy. A repair deploys the line's current one."""
        release = self.operation.release or self.line.release
        if release is None:
            raise PlatformFailed(f"Operation {self.operation.id} names no release to deploy.")
        return release

    @property
    def is_in_charge(self) -> bool:
        """Return True if the operation still holds its line, which its last step releases."""
        return self.line.operation == self.operation.id

    def step(self, name: str) -> Step:
        """Return a step of this operation."""
        return next(each for each in self.operation.steps if each.name == name)

    def result_of(self, step: str) -> str | None:
        """Return the result of an earlier step of this operation, or None if it is not done."""
        done = (each for each in self.operation.steps if each.state is Progress.SUCCEEDED)
        return next((each.detail for each in done if each.name == step), None)


@dataclass(frozen=True, slots=True)
class Pending:
    """Not done yet.

    `reason` is shown while the step waits. `seconds` is the least time until the next call.
    `for_capacity` means that a line must be evicted first, which may take any time. `watch` is what
    the next call is to know. `advanced` means that it did a part of much work, after which its time
    limit starts again, and the next part begins at `cursor`; so does what waits for an operator.
    """

    reason: str
    seconds: float = 0.0
    for_capacity: bool = False
    watch: HealthWatch | None = None
    advanced: bool = False
    cursor: str | None = None


Result = str | Pending
"""The result of a step: a description of what it has done, or why it is not done yet."""

StepFunction = Callable[[Work], Awaitable[Result]]
