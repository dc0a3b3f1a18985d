"""A permanent failure ends an operation with advice, and the next operation recovers."""

import itertools
from typing import Any

from router.domain.line_states import LineState
from router.domain.model import Operation, OperationKind, Progress
from tests.contract.faults.calls import CALLS, PATCH, PROVISION, RETIRE, run_after_restart
from tests.contract.faults.environment import FOREVER, Call, Environment

PUT_PLAN, PUT_APP = ("PUT", "serverfarms/*"), ("PUT", "sites/*")
PUT_PACKAGE = ("PUT", "sites/*/extensions/onedeploy")
PERMANENT: dict[str, dict[str, Any]] = {
    "Forbidden": {"effect": "status", "status": 403, "times": FOREVER},
    "ServiceUnavailable": {"effect": "status", "status": 503, "times": FOREVER},
}


def failure(operation: Operation) -> str:
    assert operation.state is Progress.FAILED, operation
    return str(operation.error)


async def test_failure_names_the_call_and_what_to_do(environment: Environment) -> None:
    await environment.register("1.0.0")
    await environment.register("1.0.1")
    for call, reason in itertools.product(CALLS[PROVISION], PERMANENT):
        await fails(environment, PROVISION, call, reason, "deploy the same release again")
    assert (await environment.line()).state is LineState.FAILED
    assert (await run_after_restart(environment, PROVISION)).error is None
    # A patch makes calls of a provisioning, and any failure rolls it back: one reason for each.
    for call, reason in zip(CALLS[PATCH], itertools.cycle(PERMANENT), strict=False):
        await fails(environment, PATCH, call, reason, "is restored")
    assert (await environment.line()).state is LineState.ACTIVE
    assert (await run_after_restart(environment, PATCH)).error is None
    for call, reason in itertools.product(CALLS[RETIRE], PERMANENT):
        await fails(environment, RETIRE, call, reason, "retried automatically")
    assert (await environment.line()).state is LineState.RETIRING
    assert (await run_after_restart(environment, RETIRE)).error is None
    assert (await environment.line()).state is LineState.RETIRED


async def fails(
    environment: Environment, kind: OperationKind, call: Call, reason: str, advice: str
) -> None:
    if kind is RETIRE:
        await environment.drain()
    await environment.inject(call, **PERMANENT[reason])
    error = failure(await environment.given_up(run_after_restart(environment, kind), reason))
    missing = [each for each in (CALLS[kind][call], reason, advice) if each not in error]
    assert not missing, (call, error)
    assert "Key=" not in error
    assert "sig=" not in error
    await environment.clear_faults()


# Each case begins with what the one before left, so that it proves its recovery as well.
UNFINISHED: dict[str, tuple[Call, str, str]] = {
    "plan fails at once": (PUT_PLAN, "fail-provisioning", "plan {plan}: it is in state Failed"),
    "plan never comes": (PUT_PLAN, "never-ending", "Azure is creating the plan {plan}"),
    "app fails at once": (PUT_APP, "fail-provisioning", "app {app}: it is in state Failed"),
    "app never comes": (PUT_APP, "never-ending", "Azure is creating the function app {app}"),
    "deployment fails": (PUT_PACKAGE, "fail-operation", "Deploying to {app} failed"),
    "deployment never ends": (PUT_PACKAGE, "never-ending", "Azure is deploying the package"),
}


async def test_unfinished_creation_fails_the_line_until_repeated(environment: Environment) -> None:
    await environment.register("1.0.0")
    for case, (call, effect, reason) in UNFINISHED.items():
        await environment.inject(call, effect)
        provisioning = run_after_restart(environment, PROVISION)
        if effect == "never-ending":
            provisioning = environment.given_up(provisioning, reason.partition(" {")[0])
        ended = await provisioning
        line = await environment.line()
        assert reason.format(plan=line.plan, app=line.function_app) in failure(ended), case
        assert (line.state, line.error) == (LineState.FAILED, ended.error), case
        assert await environment.pending_faults() == [], case
        await environment.clear_faults()
    assert (await run_after_restart(environment, PROVISION)).error is None
    assert (await environment.line()).state is LineState.ACTIVE


async def test_creation_that_fails_later_is_repeated(environment: Environment) -> None:
    await environment.register("1.0.0")
    for call in (PUT_PLAN, PUT_APP):
        await environment.inject(call, "fail-operation")
    ended = await run_after_restart(environment, PROVISION)
    assert (ended.error, (await environment.line()).state) == (None, LineState.ACTIVE)
    assert await environment.pending_faults() == []
