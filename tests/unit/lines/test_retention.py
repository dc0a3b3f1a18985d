"""Claims of callers' ids go with what they held: a purged instance, or the line that is swept."""

import itertools
import time

import pytest

from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.lines import actions, monitor, retention
from router.starts.parked_start import park_id
from router.starts.service import StartRequest, accept
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

PURGE = changes.purge


@pytest.fixture
async def scene() -> Scene:
    """Its line is retired."""
    made = Scene(MemoryCatalog(), time.monotonic, ROUTER_RETENTION_SECONDS="100")
    await made.up()
    await actions.drain(made.context, ONE)
    for seconds in (39, 6):
        made.world.pass_time(seconds)
        await monitor.tick(made.context, ONE)
    assert (await made.settled()).state is LineState.RETIRED
    await made.context.snapshots.refresh()
    return made


async def claim(scene: Scene, name: str, line: LineId = ONE) -> Claim:
    return await scene.catalog.add_claim(Claim(name, line, scene.now()))


async def left(scene: Scene) -> set[str]:
    lines = (ONE, LineId(1, 1))
    return {each.instance_id for line in lines async for each in scene.catalog.claims(line)}


async def sweep(scene: Scene) -> None:
    await retention.tick(scene.context, ONE)
    swept = await scene.settled()
    assert swept.teardown_report is not None
    assert swept.teardown_report.purged_at is not None


async def test_with_a_swept_line_go_its_claims_but_not_those_that_hold_a_start(
    scene: Scene,
) -> None:
    await claim(scene, "long ago")
    await claim(scene, "of another line", LineId(1, 1))
    await accept(scene.context, StartRequest(RequestedVersion(ONE), "order", "parked", "1"))
    scene.world.pass_time(101)
    await claim(scene, "just now")
    await sweep(scene)
    assert await left(scene) == {"of another line", "parked", "just now"}
    assert park_id("parked") in scene.orchestrations.running


async def test_a_claim_that_is_taken_anew_while_it_is_looked_at_stays(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await claim(scene, "order-17")
    scene.world.pass_time(101)

    async def owner(instance_id: str) -> None:
        await scene.catalog.replace_claim(held)

    monkeypatch.setattr(scene.world, "owner", owner)
    await sweep(scene)
    assert await left(scene) == {"order-17"}


async def test_with_a_purged_instance_goes_its_claim(scene: Scene) -> None:
    for name in ("order-17", "order-18"):
        await claim(scene, name)
        scene.world.owners[name] = Owner("Hub1x0", "Completed", NOON)
    scene.world.pass_time(101)
    await PURGE(scene.context, "order-17")
    assert await left(scene) == {"order-18"}


async def test_a_purge_does_not_fail_with_what_the_router_cannot_forget(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await claim(scene, "order-17")
    scene.world.owners["order-17"] = Owner("Hub1x0", "Completed", NOON)
    scene.world.pass_time(101)

    looks = itertools.count()

    async def soon_away(instance_id: str) -> None:
        if next(looks):
            raise Unavailable("hub-unavailable", "away")

    monkeypatch.setattr(scene.orchestrations, "get", soon_away)
    done = await PURGE(scene.context, "order-17")
    assert (done.answer.status, done.line) == (200, ONE)
    assert await left(scene) == {"order-17"}
