"""The router's orchestrators, which follow the results of activities and decide nothing else.

They use timers only. In the Python SDK, an eternal orchestration cannot wait for an event as well:
an open timer delays its next execution, and a cancelled one makes it spin. The names of
orchestrators and activities are a contract, because running instances outlive an upgrade.
"""

from collections.abc import Callable, Generator
from datetime import timedelta
from functools import wraps
from typing import Any

import azure.durable_functions as df

bp = df.Blueprint()
_ATTEMPTS = 20
_RETRY = df.RetryOptions(
    first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=_ATTEMPTS
)
_AGAIN_SECONDS = 60.0
Walk = Generator[Any, Any, Any]
Orchestrator = Callable[[df.DurableOrchestrationContext], Walk]


def insisting(orchestrator: Orchestrator) -> Orchestrator:
    """Make an orchestrator begin again when all attempts at an activity have failed.

    It continues as new, as an accepted start or operation must not fail, and each attempt adds to
    its history, which is read again at every turn.
    """

    @wraps(orchestrator)
    def walk(context: df.DurableOrchestrationContext) -> Walk:
        try:
            return (yield from orchestrator(context))
        except Exception:  # noqa: BLE001 - the SDK raises no narrower one
            yield _pause(context, _AGAIN_SECONDS)
            context.continue_as_new(_input(context))
            return None

    return walk


@bp.orchestration_trigger(context_name="context")
@insisting
def run_operation(context: df.DurableOrchestrationContext) -> Walk:
    """Run an operation's steps, and the roll-back steps if one fails."""
    operation = _input(context)["operation"]
    steps = yield _call(context, "plan_operation", operation)
    while steps:
        outcome = yield _call(context, steps[0], operation)
        if outcome["state"] == "waiting":
            yield _pause(context, outcome["seconds"])
            context.continue_as_new(_input(context))  # it may wait for days
            return
        if outcome["state"] == "failed":
            failure = {"operation": operation, "error": outcome["error"], "step": steps[0]}
            steps = yield _call(context, "fail_step", failure)
        else:
            steps = steps[1:]
    yield _call(context, "end_operation", operation)


@bp.orchestration_trigger(context_name="context")
@insisting
def parked_start(context: df.DurableOrchestrationContext) -> Walk:
    """Hold a start until its line is ready, then forward it under its own id."""
    start = _input(context)
    outcome = yield _call(context, "forward_parked_start", start)
    if outcome["state"] != "waiting":
        return outcome
    yield _pause(context, outcome["seconds"])
    context.continue_as_new({**start, "reason": outcome.get("reason")})


@bp.orchestration_trigger(context_name="context")
@insisting
def monitor_line(context: df.DurableOrchestrationContext) -> Walk:
    """Check one line regularly until there is nothing left to watch."""
    return (yield from _watch(context, "check_line"))


@bp.orchestration_trigger(context_name="context")
@insisting
def retain_line(context: df.DurableOrchestrationContext) -> Walk:
    """Wait for the end of a retired line's retention and have its data deleted."""
    return (yield from _watch(context, "check_retention"))


@bp.orchestration_trigger(context_name="context")
def hub_mark(context: df.DurableOrchestrationContext) -> Any:
    """End at once: the instance's input says which router the hub belongs to."""
    return _input(context)


def _watch(context: df.DurableOrchestrationContext, activity: str) -> Walk:
    value = _input(context)
    outcome = yield _call(context, activity, value["line"])
    if outcome["state"] == "ended":
        return outcome
    yield _pause(context, outcome["seconds"])
    context.continue_as_new(value)
    return None


def _call(context: df.DurableOrchestrationContext, activity: str, value: Any) -> Any:
    """Call an activity with retries."""
    return context.call_activity_with_retry(activity, _RETRY, value)


def _input(context: df.DurableOrchestrationContext) -> dict[str, Any]:
    value: Any = context.get_input()
    return dict(value)


def _pause(context: df.DurableOrchestrationContext, seconds: float) -> Any:
    # The engine truncates delays to whole seconds, so one second may become no delay at all.
    until = context.current_utc_datetime + timedelta(seconds=seconds + 1)
    return context.create_timer(until)
