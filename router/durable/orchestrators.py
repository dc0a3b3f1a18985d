"""The router's orchestrators. They walk what activities decided, and branch on nothing else.

Timers only: an eternal orchestration of a Python app cannot be woken by an event without harm
(its open timer would be waited for, or spin when cancelled). No clock, no environment, no I/O.
The names of orchestrators and activities are a contract: instances in flight outlive an upgrade.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

bp = df.Blueprint()
_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=10_000)
Walk = Generator[Any, Any, Any]


@bp.orchestration_trigger(context_name="context")
def run_operation(context: df.DurableOrchestrationContext) -> Walk:
    """Walk an operation's steps; where one fails, walk what puts things back."""
    operation = _order(context)["operation"]
    steps = yield _insist(context, "plan_operation", operation)
    while steps:
        outcome = yield _insist(context, steps[0], operation)
        if outcome["state"] == "waiting":
            yield _pause(context, outcome["seconds"])
            context.continue_as_new(_order(context))  # it may wait for days
            return
        elif outcome["state"] == "failed":
            failure = {"operation": operation, "error": outcome["error"], "step": steps[0]}
            steps = yield _insist(context, "stop_operation", failure)
        else:
            steps = steps[1:]
    yield _insist(context, "end_operation", operation)


@bp.orchestration_trigger(context_name="context")
def parked_start(context: df.DurableOrchestrationContext) -> Walk:
    """Hold a start until its line is ready, then forward it under its own id."""
    order = _order(context)
    outcome = yield _insist(context, "forward_parked", order)
    if outcome["state"] != "waiting":
        return outcome
    yield _pause(context, outcome["seconds"])
    context.continue_as_new({**order, "why": outcome.get("why")})


@bp.orchestration_trigger(context_name="context")
def monitor_line(context: df.DurableOrchestrationContext) -> Walk:
    """Watch one line for as long as there is anything to watch."""
    order = _order(context)
    outcome = yield _insist(context, "watch_line", order["line"])
    if outcome["state"] == "ended":
        return outcome
    yield _pause(context, outcome["seconds"])
    context.continue_as_new(order)


@bp.orchestration_trigger(context_name="context")
def retain_line(context: df.DurableOrchestrationContext) -> Walk:
    """Wait until what a retired line left may go, and have it removed."""
    order = _order(context)
    outcome = yield _insist(context, "watch_retired", order["line"])
    if outcome["state"] == "ended":
        return outcome
    yield _pause(context, outcome["seconds"])
    context.continue_as_new(order)


def _insist(context: df.DurableOrchestrationContext, activity: str, value: Any) -> Any:
    """An activity, done again when it fails: what was promised must not end in a failure."""
    return context.call_activity_with_retry(activity, _RETRY, value)


def _order(context: df.DurableOrchestrationContext) -> dict[str, Any]:
    order: Any = context.get_input()
    return dict(order)


def _pause(context: df.DurableOrchestrationContext, seconds: float) -> Any:
    # The engine cuts delays to whole seconds: asked for one second it does not wait at all.
    until = context.current_utc_datetime + timedelta(seconds=seconds + 1)
    return context.create_timer(until)
