"""What does not pass ends an operation with words for an operator; a later deployment recovers.

Every call that an operation makes is refused, and then fails for too long, one after the other.
"""

from typing import Any

import pytest

from router.domain.line_states import LineState
from router.domain.model import Operation, OperationKind, Progress
from tests.contract.faults.calls import CALLS, PATCH, PROVISION, RETIRE, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import FOR_EVER, Call, Scene

PUT_PLAN, PUT_APP = ("PUT", "serverfarms/*"), ("PUT", "sites/*")
PUT_PACKAGE = ("PUT", "sites/*/extensions/onedeploy")
GOES_ON: dict[str, dict[str, Any]] = {
    "Forbidden": {"effect": "status", "status": 403, "times": FOR_EVER},
    "ServiceUnavailable": {"effect": "status", "status": 503, "times": FOR_EVER},
}


def failure(operation: Operation) -> str:
    assert operation.state is Progress.FAILED, operation
    return str(operation.error)


@pytest.mark.parametrize("reason", GOES_ON)
async def test_what_goes_on_is_told_with_the_call_and_what_to_do(
    open_scene: Open, reason: str
) -> None:
    async with open_scene() as scene:
        await scene.register("1.0.0")
        await scene.register("1.0.1")
        await fails_at_every_call(scene, PROVISION, reason, "deploy the same release again")
        assert (await scene.line()).state is LineState.FAILED
        assert (await live(scene, PROVISION)).error is None
        await fails_at_every_call(scene, PATCH, reason, "is restored")
        assert (await scene.line()).state is LineState.ACTIVE
        assert (await live(scene, PATCH)).error is None
        await fails_at_every_call(scene, RETIRE, reason, "retried automatically")
        assert (await scene.line()).state is LineState.RETIRING
        assert (await live(scene, RETIRE)).error is None
        assert (await scene.line()).state is LineState.RETIRED


async def fails_at_every_call(scene: Scene, kind: OperationKind, reason: str, advice: str) -> None:
    for call, attempt in CALLS[kind].items():
        await scene.suffer(call, **GOES_ON[reason])
        told = failure(await scene.given_up(live(scene, kind)))
        missing = [each for each in (attempt, reason, advice) if each not in told]
        assert not missing, (call, told)
        assert "Key=" not in told
        assert "sig=" not in told
        await scene.heal()


ENDS_BADLY: dict[str, tuple[Call, str, str | None]] = {
    "a plan fails later": (PUT_PLAN, "fail-operation", None),
    "a plan fails at once": (PUT_PLAN, "fail-provisioning", "plan {plan}: it is in state Failed"),
    "a plan never comes": (PUT_PLAN, "never-ending", "Azure is creating the plan {plan}"),
    "an app fails later": (PUT_APP, "fail-operation", None),
    "an app fails at once": (PUT_APP, "fail-provisioning", "app {app}: it is in state Failed"),
    "an app never comes": (PUT_APP, "never-ending", "Azure is creating the function app {app}"),
    "a deployment fails": (PUT_PACKAGE, "fail-operation", "Deploying to {app} failed"),
    "a deployment never ends": (PUT_PACKAGE, "never-ending", "Azure is deploying the package"),
}


@pytest.mark.parametrize("case", ENDS_BADLY)
async def test_what_azure_begins_and_does_not_finish_is_begun_again_or_told(
    scene: Scene, case: str
) -> None:
    call, effect, told = ENDS_BADLY[case]
    await scene.register("1.0.0")
    await scene.suffer(call, effect)
    provisioning = live(scene, PROVISION)
    ended = await (scene.given_up(provisioning) if effect == "never-ending" else provisioning)
    line = await scene.line()
    if told is None:
        assert (ended.error, line.state) == (None, LineState.ACTIVE)
        return
    assert told.format(plan=line.plan, app=line.function_app) in failure(ended)
    assert (line.state, line.error) == (LineState.FAILED, ended.error)
    await scene.heal()
    assert (await live(scene, PROVISION)).error is None
    assert (await scene.line()).state is LineState.ACTIVE
