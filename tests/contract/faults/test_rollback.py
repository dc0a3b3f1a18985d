"""A patch that does not come up is put back by itself, whatever kept it; starts go on meanwhile."""

from uuid import uuid4

import pytest

from harness.azurite import KEY
from router.apps.forwarding import Start
from router.domain import line_transitions
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.model import Line, Progress
from tests.contract.faults.calls import PATCH, PROVISION, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import LINE, Call, Scene

BROKEN = "import no_such_module\n"
TELLTALE = """
import os
told = os.environ["AzureWebJobsStorage"], os.environ["STRIPE"], "refused"
raise ValueError(", ".join(told))
"""
UNDONE = ["restore_package", "await_restored", "await_restored_health"]
PUT_PACKAGE: Call = ("PUT", "sites/*/extensions/onedeploy")


async def served(scene: Scene) -> Line:
    """The line, once its app has taken a start."""
    line = await scene.line()
    start = Start("tell", make(LINE, uuid4().hex), "1", scene.context.now())
    assert await scene.context.forwarding.send(line, start) is None
    return line


async def test_an_app_that_says_error_fails_its_line_with_the_hosts_own_words(
    scene: Scene,
) -> None:
    await scene.register("1.0.0", code=BROKEN)
    await scene.register("1.0.1")
    ended = await scene.given_up(live(scene, PROVISION), scene.unhealthy)
    assert ended.state is Progress.FAILED
    assert "host is in state Error" in str(ended.error)
    assert "No module named 'no_such_module'" in str(ended.error)
    assert (await scene.line()).state is LineState.FAILED
    assert (await scene.run(PROVISION, "1.0.1")).error is None
    await served(scene)


async def test_an_app_that_tells_its_settings_gets_none_of_them_into_the_catalog(
    open_scene: Open,
) -> None:
    async with open_scene(ROUTER_LINE_SETTINGS='{"STRIPE": "sk live 12345"}') as scene:
        await scene.register("1.0.0", code=TELLTALE)
        ended = await scene.given_up(live(scene, PROVISION), scene.unhealthy)
        line = await scene.line()
        assert ", …, refused" in str(line.error)
        assert str(line.error) in str(ended.error)
        for secret in ("sk live", KEY):
            assert secret not in f"{line}{ended}"


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
async def test_a_patch_that_does_not_come_up_is_rolled_back(scene: Scene, state: LineState) -> None:
    await scene.register("1.0.0")
    await scene.register("1.0.1", code=BROKEN)
    await scene.register("1.0.2")
    assert (await live(scene, PROVISION)).error is None
    if state is LineState.DRAINING:
        drained = line_transitions.draining(await scene.line(), scene.context.now())
        await scene.context.catalog.replace_line(drained)
    ended = await scene.given_up(live(scene, PATCH), scene.unhealthy)
    assert ended.state is Progress.FAILED
    assert "no_such_module" in str(ended.error)
    assert "The previous release is restored" in str(ended.error)
    undone = [step.name for step in ended.steps if step.state is Progress.SUCCEEDED][-3:]
    assert undone == UNDONE
    line = await served(scene)
    assert (line.state, str(line.release), [*map(str, line.failed_releases)]) == (
        state,
        "1.0.0",
        ["1.0.1"],
    )
    assert (await scene.run(PATCH, "1.0.2")).error is None
    assert str((await served(scene)).release) == "1.0.2"


@pytest.mark.parametrize("effect", ["fail-operation", "never-ending"])
async def test_a_patch_that_azure_does_not_put_in_place_leaves_what_was_there(
    scene: Scene, effect: str
) -> None:
    await scene.register("1.0.0")
    await scene.register("1.0.1")
    assert (await live(scene, PROVISION)).error is None
    await scene.suffer(PUT_PACKAGE, effect)
    patching = live(scene, PATCH)
    ended = await (scene.given_up(patching) if effect == "never-ending" else patching)
    assert ended.state is Progress.FAILED
    assert ("Rolling back failed as well: " in str(ended.error)) == (
        effect == "never-ending"
    )  # nothing else goes in
    assert str((await served(scene)).release) == "1.0.0"
    await scene.heal()
    assert (await live(scene, PATCH)).error is None
    assert str((await served(scene)).release) == "1.0.1"


async def test_changed_keys_are_listed_again(open_scene: Open) -> None:
    async with open_scene(ROUTER_FORWARD_SECONDS="10") as scene:
        await scene.register("1.0.0")
        await scene.register("1.0.1")
        assert (await live(scene, PROVISION)).error is None
        await served(scene)
        await scene.change_keys()
        scene.clock.monotonic_ahead += 5  # keys listed more recently are kept
        await served(scene)
        await scene.change_keys()
        scene.clock.monotonic_ahead += 5
        assert (await scene.run(PATCH, "1.0.1")).error is None
        await served(scene)
