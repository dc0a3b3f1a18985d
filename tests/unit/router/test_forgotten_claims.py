"""Claims of callers' ids go with what they held: a purged instance, or the line that is swept."""

import itertools
import time
from typing import Any

import pytest
from router.instances.service import Change

from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Claim, Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import service as instances
from router.lines import actions, monitor, retention
from router.starts.parked_start import park_id
from router.starts.service import StartRequest, take
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

PURGE = Change("DELETE", "", {}, b"")


@pytest.fixture
async def scene(run: Any) -> Scene:
    """Its line is retired."""
    made = Scene(MemoryCatalog(), time.monotonic, ROUTER_RETENTION_SECONDS="100")
    await made.up(run)
    await actions.drain(made.services, ONE, run)
    for seconds in (39, 6):
        made.world.pass_time(seconds)
        await monitor.watch(made.services, ONE, run)
    assert (await made.settled(run)).state is LineState.RETIRED
    await made.services.snapshots.refresh()
    return made


async def claim(scene: Scene, name: str, line: LineId = ONE) -> Claim:
    return await scene.catalog.add_claim(Claim(name, line, scene.now()))


async def left(scene: Scene) -> set[str]:
    lines = (ONE, LineId(1, 1))
    return {each.instance_id for line in lines async for each in scene.catalog.claims(line)}


async def sweep(scene: Scene, run: Any) -> None:
    await retention.watch(scene.services, ONE, run)
    swept = await scene.settled(run)
    assert swept.teardown_report is not None
    assert swept.teardown_report.purged_at is not None


async def test_with_a_swept_line_go_its_claims_but_not_those_that_hold_a_start(
    scene: Scene, run: Any
) -> None:
    await claim(scene, "long ago")
    await claim(scene, "of another line", LineId(1, 1))
    await take(scene.services, StartRequest(RequestedVersion(ONE), "order", "parked", "1"), run)
    scene.world.pass_time(101)
    await claim(scene, "just now")
    await sweep(scene, run)
    assert await left(scene) == {"of another line", "parked", "just now"}
    assert park_id("parked") in run.running


async def test_a_claim_that_is_taken_anew_while_it_is_looked_at_stays(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await claim(scene, "order-17")
    scene.world.pass_time(101)

    async def owner(instance_id: str) -> None:
        await scene.catalog.replace_claim(held)

    monkeypatch.setattr(scene.world, "owner", owner)
    await sweep(scene, run)
    assert await left(scene) == {"order-17"}


async def test_with_a_purged_instance_goes_its_claim(scene: Scene, run: Any) -> None:
    for name in ("order-17", "order-18"):
        await claim(scene, name)
        scene.world.owners[name] = Owner("Hub1x0", "Completed", NOON)
    scene.world.pass_time(101)
    await instances.change(scene.services, "order-17", PURGE, run)
    assert await left(scene) == {"order-18"}


async def test_a_purge_does_not_fail_with_what_the_router_cannot_forget(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await claim(scene, "order-17")
    scene.world.owners["order-17"] = Owner("Hub1x0", "Completed", NOON)
    scene.world.pass_time(101)

    looks = itertools.count()

    async def soon_away(instance_id: str) -> None:
        if next(looks):
            raise Unavailable("hub-unavailable", "away")

    monkeypatch.setattr(run, "look", soon_away)
    answer, line = await instances.change(scene.services, "order-17", PURGE, run)
    assert (answer.status, line) == (200, ONE)
    assert await left(scene) == {"order-17"}
