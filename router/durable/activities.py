"""The router's activities: plain values in and out, one call inside. Their names are a contract.

One activity per step of an operation, registered from the table of steps; and those that plan,
stop and end an operation, forward a parked start, and watch a line.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import azure.durable_functions as df

from router import unexpected
from router.azure.orchestrations import HubOrchestrations
from router.bootstrap import services
from router.domain.errors import PASSING, PlatformFailed, Refusal
from router.domain.version import parse_line
from router.lines import monitor, provisioning, retention, retirement
from router.operations import runner
from router.operations.step import StepFunction
from router.settings import SettingsInvalid
from router.starts import parking
from router.starts.parked_start import Order

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
    retirement.fence,
    retirement.delete_function_app,
    retirement.delete_plan,
    retirement.delete_task_hub,
    retirement.prove_absence,
    retirement.close_line,
    retention.delete_rows,
    retention.delete_large_messages,
    retention.forget_claims,
    retention.close_sweep,
)
_UNTIL_SET_RIGHT = 60.0  # seconds
_log = logging.getLogger("router.activities")


@bp.activity_trigger(input_name="operation")
async def plan_operation(operation: str) -> list[str]:
    return await runner.remaining(services(), operation)


@bp.activity_trigger(input_name="failure")
async def stop_operation(failure: dict[str, str]) -> list[str]:
    operation, error = failure["operation"], failure["error"]
    return await runner.stop(services(), operation, error, failure.get("step"))


@bp.activity_trigger(input_name="operation")
@bp.durable_client_input(client_name="client")
async def end_operation(operation: str, client: df.DurableOrchestrationClient) -> None:
    await runner.end(services(), operation, HubOrchestrations(client))


def _goes_on(
    activity: Callable[..., Awaitable[dict[str, Any]]],
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """An activity that its orchestrator calls again for as long as it takes: it fails never, since
    who looks after a line, or holds a start, must not end with what may be mended."""

    @wraps(activity)
    async def guarded(*args: Any, **bound: Any) -> dict[str, Any]:
        try:
            return await activity(*args, **bound)
        except (*PASSING, PlatformFailed, Refusal) as error:
            _log.warning("%s is done again later: %s", activity.__name__, error)
        except Exception as error:  # noqa: BLE001 - as above
            unexpected.log(activity.__name__, error)
        return {"state": "waiting", "seconds": _until_mended()}

    return guarded


def _until_mended() -> float:
    try:
        return services().settings.monitor_seconds
    except SettingsInvalid:
        return _UNTIL_SET_RIGHT


@bp.activity_trigger(input_name="order")
@bp.durable_client_input(client_name="client")
@_goes_on
async def forward_parked(
    order: dict[str, Any], client: df.DurableOrchestrationClient
) -> dict[str, Any]:
    return await parking.lap(services(), Order.from_dict(order), HubOrchestrations(client))


@bp.activity_trigger(input_name="line")
@bp.durable_client_input(client_name="client")
@_goes_on
async def watch_line(line: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    if await monitor.watch(services(), parse_line(line), HubOrchestrations(client)):
        return {"state": "waiting", "seconds": services().settings.monitor_seconds}
    return {"state": "ended"}


@bp.activity_trigger(input_name="line")
@bp.durable_client_input(client_name="client")
@_goes_on
async def watch_retired(line: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    pause = await retention.watch(services(), parse_line(line), HubOrchestrations(client))
    return {"state": "ended"} if pause is None else {"state": "waiting", "seconds": pause}


def _register(step: StepFunction) -> None:
    async def activity(operation: str, client: df.DurableOrchestrationClient) -> dict[str, Any]:
        return await runner.advance(services(), step, operation, HubOrchestrations(client))

    activity.__name__ = step.__name__
    bound = bp.durable_client_input(client_name="client")(_goes_on(activity))
    bp.activity_trigger(input_name="operation")(bound)


for _step in STEPS:
    _register(_step)
