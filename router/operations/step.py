"""One step of an operation: what it works on, and what it may say.

A step is called until it says it is done, and may be called again after that: each finds out what
is there and does what is missing. Knows neither the steps themselves nor their order.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from semver import Version

from router.context import Services
from router.domain.errors import PlatformFailed
from router.domain.model import Line, Operation, Progress
from router.ports import Orchestrations


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on. `line` was read when the step was called."""

    services: Services
    operation: Operation
    line: Line
    orchestrations: Orchestrations

    @property
    def release(self) -> Version:
        """What the operation puts in place; a repair, what was."""
        release = self.operation.release or self.line.release
        if release is None:
            raise PlatformFailed(f"Operation {self.operation.id} names no release to deploy.")
        return release

    def told(self, step: str) -> str | None:
        """What an earlier step of this operation said when it was done."""
        done = (each for each in self.operation.steps if each.state is Progress.SUCCEEDED)
        return next((each.detail for each in done if each.name == step), None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not done yet; `why` is shown while it waits. `seconds`: not to be asked again earlier.

    `limited`: a limit is reached and others must give way, which may take any time.
    """

    why: str
    seconds: float = 0.0
    limited: bool = False


StepFunction = Callable[[Work], Awaitable[str | Waiting]]
"""A done step returns what it has to tell."""
