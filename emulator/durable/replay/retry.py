"""Retries: made by the host, as sequence ids that the SDK leaves free for them.

Owns the schedule of attempts and the timers between them. There is a timer after the last
failure, too: the real engine makes it, and the SDK counts on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulator.durable.replay.execution import Execution
from emulator.durable.replay.promise import Promise, Steps

LONGEST = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again."""

    first: timedelta
    attempts: int
    backoff: float = 1.0
    longest: timedelta = LONGEST
    timeout: timedelta | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "RetryPolicy":
        """The `retryOptions` of an action; the Python SDK sets only the first two fields."""

        def span(name: str) -> timedelta | None:
            value = options.get(name)
            return timedelta(milliseconds=value) if value else None

        return cls(
            first=span("firstRetryIntervalInMilliseconds") or timedelta(),
            attempts=options["maxNumberOfAttempts"],
            backoff=options.get("backoffCoefficient") or 1.0,
            longest=span("maxRetryIntervalInMilliseconds") or LONGEST,
            timeout=span("retryTimeoutInMilliseconds"),
        )

    def delay(self, attempt: int, began: datetime, now: datetime) -> timedelta:
        """How long to wait after the failed attempt of that number, from 0; zero: give up."""
        if self.timeout is not None and now >= began + self.timeout:
            return timedelta()
        return min(self.first * self.backoff**attempt, self.longest)


class ExhaustedError(Exception):
    """Every attempt failed."""


def retried(execution: Execution, policy: RetryPolicy, attempt: Callable[[], Promise]) -> Steps:
    """Attempt until it succeeds or the policy gives up."""
    began = execution.time
    for number in range(policy.attempts):
        outcome = yield attempt()
        if not outcome.failed:
            return None
        delay = policy.delay(number, began, execution.time)
        if not delay:
            break
        yield execution.timer(execution.time + delay)
    raise ExhaustedError
