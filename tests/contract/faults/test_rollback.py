"""A patch that does not come up is rolled back, whatever the reason, and starts are accepted."""

from uuid import uuid4

import pytest

from harness.azurite import KEY
from harness.waiting import until
from router.apps.forwarding import Start
from router.domain import line_transitions
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.model import Line, Progress
from tests.contract.faults.calls import PATCH, PROVISION, run_after_restart
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import LINE, Call, Environment

BROKEN = "import no_such_module\n"
REVEALS_SETTINGS = """
import os
secrets = os.environ["AzureWebJobsStorage"], os.environ["STRIPE"], "refused"
raise ValueError(", ".join(secrets))
"""
UNDONE = ["restore_package", "await_restored", "await_restored_health"]
UNHEALTHY = "state Error", "does not answer"
PUT_PACKAGE: Call = ("PUT", "sites/*/extensions/onedeploy")


def names_the_reason(error: str, reason: str) -> bool:
    """Return whether the error quotes the host, unless that ended and left its reason in a log."""
    return "the app's host does not answer" in error or (
        "host is in state Error" in error and reason in error
    )


async def accepted(environment: Environment) -> Line:
    """Return the line once its app, which may just restart, has accepted a start."""
    line = await environment.line()

    async def problem() -> str | None:
        start = Start("echo", make(LINE, uuid4().hex), "1", environment.context.now())
        return await environment.context.forwarding.send(line, start)

    await until(problem, lambda found: found is None)
    return line


async def test_app_in_error_fails_its_line_with_the_hosts_text(environment: Environment) -> None:
    await environment.register("1.0.0", code=BROKEN)
    await environment.register("1.0.1")
    provisioning = run_after_restart(environment, PROVISION)
    ended = await environment.given_up(provisioning, *UNHEALTHY)
    assert ended.state is Progress.FAILED
    assert names_the_reason(str(ended.error), "No module named 'no_such_module'")
    assert (await environment.line()).state is LineState.FAILED
    assert (await environment.run(PROVISION, "1.0.1")).error is None
    await accepted(environment)


async def test_settings_in_the_hosts_text_stay_out_of_the_catalog(open_environment: Open) -> None:
    async with open_environment(ROUTER_LINE_SETTINGS='{"STRIPE": "sk live 12345"}') as environment:
        await environment.register("1.0.0", code=REVEALS_SETTINGS)
        provisioning = run_after_restart(environment, PROVISION)
        ended = await environment.given_up(provisioning, *UNHEALTHY)
        line = await environment.line()
        assert names_the_reason(str(line.error), ", …, refused")
        assert str(line.error) in str(ended.error)
        for secret in ("sk live", KEY):
            assert secret not in f"{line}{ended}"


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
async def test_unhealthy_patch_is_rolled_back(environment: Environment, state: LineState) -> None:
    await environment.register("1.0.0")
    await environment.register("1.0.1", code=BROKEN)
    await environment.register("1.0.2")
    assert (await run_after_restart(environment, PROVISION)).error is None
    if state is LineState.DRAINING:
        drained = line_transitions.draining(await environment.line(), environment.context.now())
        await environment.context.catalog.replace_line(drained)
    patching = run_after_restart(environment, PATCH)
    ended = await environment.given_up(patching, *UNHEALTHY)
    assert ended.state is Progress.FAILED
    assert names_the_reason(str(ended.error), "no_such_module")
    assert "The previous release is restored" in str(ended.error)
    undone = [step.name for step in ended.steps if step.state is Progress.SUCCEEDED][-3:]
    assert undone == UNDONE
    line = await accepted(environment)
    assert (line.state, str(line.release), [*map(str, line.failed_releases)]) == (
        state,
        "1.0.0",
        ["1.0.1"],
    )
    assert (await environment.run(PATCH, "1.0.2")).error is None
    assert str((await accepted(environment)).release) == "1.0.2"


async def test_patch_that_azure_does_not_deploy_is_rolled_back(environment: Environment) -> None:
    await environment.register("1.0.0")
    await environment.register("1.0.1")
    assert (await run_after_restart(environment, PROVISION)).error is None
    for effect in ("fail-operation", "never-ending"):
        await environment.inject(PUT_PACKAGE, effect)
        patching = run_after_restart(environment, PATCH)
        is_endless = effect == "never-ending"  # so that nothing else can be deployed
        ended = await (
            environment.given_up(patching, "Azure is deploying") if is_endless else patching
        )
        assert ended.state is Progress.FAILED
        assert ("Rolling back failed as well: " in str(ended.error)) == is_endless
        assert str((await accepted(environment)).release) == "1.0.0"
        await environment.clear_faults()
    assert (await run_after_restart(environment, PATCH)).error is None
    assert str((await accepted(environment)).release) == "1.0.1"


async def test_changed_keys_are_listed_again(open_environment: Open) -> None:
    async with open_environment(ROUTER_FORWARD_SECONDS="10") as environment:
        await environment.register("1.0.0")
        await environment.register("1.0.1")
        assert (await run_after_restart(environment, PROVISION)).error is None
        await accepted(environment)
        await environment.change_keys()
        environment.clock.monotonic_ahead += 5  # keys listed more recently are kept
        await accepted(environment)
        await environment.change_keys()
        environment.clock.monotonic_ahead += 5
        assert (await environment.run(PATCH, "1.0.1")).error is None
        await accepted(environment)
