"""Retries, which the host performs under sequence ids that the SDK leaves free for them.

There is a timer after the last failure too: the real engine creates it and the SDK expects it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulator.durable.replay.execution import Execution
from emulator.durable.replay.promise import Coroutine, Promise

MAX_INTERVAL = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The schedule of retries."""

    first: timedelta
    attempts: int
    backoff: float = 1.0
    max_interval: timedelta = MAX_INTERVAL
    timeout: timedelta | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "RetryPolicy":
        """Parse the `retryOptions` of an action; the Python SDK sets only the first two fields."""

        def span(name: str) -> timedelta | None:
            value = options.get(name)
            return timedelta(milliseconds=value) if value else None

        return cls(
            first=span("firstRetryIntervalInMilliseconds") or timedelta(),
            attempts=options["maxNumberOfAttempts"],
            backoff=options.get("backoffCoefficient") or 1.0,
            max_interval=span("maxRetryIntervalInMilliseconds") or MAX_INTERVAL,
            timeout=span("retryTimeoutInMilliseconds"),
        )

    def delay(self, attempt: int, began: datetime, now: datetime) -> timedelta:
        """Return the wait after the failed attempt of this number, from 0, or zero to give up."""
        if self.timeout is not None and now >= began + self.timeout:
            return timedelta()
        return min(self.first * self.backoff**attempt, self.max_interval)


class RetriesExhaustedError(Exception):
    """All attempts failed."""


def retry(execution: Execution, policy: RetryPolicy, attempt: Callable[[], Promise]) -> Coroutine:
    """Attempt until it succeeds or the policy gives up."""
    began = execution.time
    for number in range(policy.attempts):
        outcome = yield attempt()
        if not outcome.failed:
            return None
        delay = policy.delay(number, began, execution.time)
        if not delay:
            break
        yield execution.create_timer(execution.time + delay)
    raise RetriesExhaustedError
