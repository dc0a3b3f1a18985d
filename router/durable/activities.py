"""The router's activities, which take and return JSON values. Their names are a contract.

There is one per step of an operation, and one each to plan, fail and end an operation, to forward a
parked start, and to check a line and its retention.

Azure's worker refuses a parameter whose annotation is `dict[…]`, `list[…]` or `X | None`, and
then loads none of the app's functions.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypedDict

import azure.durable_functions as df

from router import unexpected
from router.bootstrap import own_context, settings
from router.domain.errors import TRANSIENT_ERRORS, PlatformFailed, Refusal
from router.domain.version import parse_line
from router.lines import monitor, provisioning, refreshing
from router.operations import outcomes, runner
from router.operations.step import StepFunction
from router.retiring import retention, retirement, second_check
from router.settings import SettingsInvalid
from router.starts import outcomes as start_outcomes
from router.starts import parking
from router.starts.parked_start import ParkedStart

bp = df.Blueprint()
STEPS: tuple[StepFunction, ...] = (
    provisioning.create_plan,
    provisioning.create_function_app,
    provisioning.deploy_package,
    provisioning.await_deployment,
    provisioning.await_health,
    provisioning.open_line,
    provisioning.record_release,
    provisioning.restore_package,
    provisioning.await_restored,
    provisioning.await_restored_health,
    refreshing.update_settings,
    retirement.fence,
    second_check.stop_function_app,
    second_check.check_again,
    second_check.start_function_app,
    second_check.drain_again,
    retirement.delete_function_app,
    retirement.delete_plan,
    retirement.delete_task_hub,
    retirement.verify_teardown,
    retirement.finish_retirement,
    retention.delete_rows,
    retention.delete_large_messages,
    retention.delete_claims,
    retention.finish_cleanup,
)
_SETTINGS_RETRY_SECONDS = 60.0
_log = logging.getLogger("router.activities")


class FailedStep(TypedDict):
    """A step of an operation that failed, and the error."""

    operation: str
    step: str
    error: str


@bp.activity_trigger(input_name="operation")
@bp.durable_client_input(client_name="client")
async def plan_operation(operation: str, client: df.DurableOrchestrationClient) -> list[str]:
    """Return the remaining steps of an operation."""
    return await runner.remaining_steps(await own_context(client), operation)


@bp.activity_trigger(input_name="failure")
@bp.durable_client_input(client_name="client")
async def fail_step(failure: FailedStep, client: df.DurableOrchestrationClient) -> list[str]:
    """Record a failed step and return the roll-back steps."""
    operation, error, step = failure["operation"], failure["error"], failure["step"]
    return await runner.fail_step(await own_context(client), operation, error, step)


@bp.activity_trigger(input_name="operation")
@bp.durable_client_input(client_name="client")
async def end_operation(operation: str, client: df.DurableOrchestrationClient) -> None:
    """End the operation and release its line."""
    await runner.end(await own_context(client), operation)


def never_failing(
    activity: Callable[..., Awaitable[dict[str, Any]]],
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Make an activity return "waiting" instead of failing, so that its orchestrator repeats it.

    An orchestration that watches a line or holds a start must not end because of an error that may
    be fixed later.
    """

    @wraps(activity)
    async def guarded(*args: Any, **bound: Any) -> dict[str, Any]:
        try:
            return await activity(*args, **bound)
        except (*TRANSIENT_ERRORS, PlatformFailed, Refusal) as error:
            _log.warning("%s is retried later: %s", activity.__name__, error)
        except Exception as error:  # noqa: BLE001 - as above
            unexpected.log(activity.__name__, error)
        return {"state": "waiting", "seconds": _retry_seconds()}

    return guarded


def _retry_seconds() -> float:
    try:
        return settings().monitor_seconds
    except SettingsInvalid:
        return _SETTINGS_RETRY_SECONDS


@bp.activity_trigger(input_name="start")
@bp.durable_client_input(client_name="client")
@never_failing
async def forward_parked_start(start: Any, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """Try for a limited time to forward a parked start."""
    outcome = await parking.bring_to_line(await own_context(client), ParkedStart.from_dict(start))
    return start_outcomes.as_json(outcome)


@bp.activity_trigger(input_name="line")
@bp.durable_client_input(client_name="client")
@never_failing
async def check_line(line: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """Check a line once."""
    pause = await monitor.tick(await own_context(client), parse_line(line))
    return {"state": "ended"} if pause is None else {"state": "waiting", "seconds": pause}


@bp.activity_trigger(input_name="line")
@bp.durable_client_input(client_name="client")
@never_failing
async def check_retention(line: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """Check once whether a retired line's data may be deleted."""
    pause = await retention.tick(await own_context(client), parse_line(line))
    return {"state": "ended"} if pause is None else {"state": "waiting", "seconds": pause}


def _register(step: StepFunction) -> None:
    async def activity(operation: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
        return outcomes.as_json(await runner.run_step(await own_context(client), step, operation))

    activity.__name__ = step.__name__
    bound = bp.durable_client_input(client_name="client")(never_failing(activity))
    bp.activity_trigger(input_name="operation")(bound)


for _step in STEPS:
    _register(_step)
