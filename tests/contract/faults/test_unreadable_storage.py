"""A router whose storage cannot be read deletes nothing, and recovers by itself.

Only the router's own way to storage is broken; the line's app has another.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from router.azure.storage.account import ClientOptions
from router.domain import line_transitions
from router.domain.errors import Unavailable, Unreadable
from router.domain.line_states import LineState
from router.domain.model import Progress, Verdict
from router.domain.version import RequestedVersion
from router.lines import monitor
from router.operations.begin import begin
from router.starts import service as starts
from tests.contract.faults.calls import PROVISION, RETIRE, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import LINE, Scene
from tests.fakes.flaky_proxy import EFFECTS, Effect
from tests.fakes.flaky_storage import FlakyStorage, flaky_storage

FRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A router with line 1.0 up, and its storage."""

    scene: Scene
    storage: FlakyStorage

    async def start(self) -> starts.AcceptedStart:
        wanted = starts.StartRequest(RequestedVersion(LINE), "tell", None, "1")
        return await starts.accept(self.scene.context, wanted)


@pytest_asyncio.fixture
async def cut(azurite: Azurite, open_scene: Open) -> AsyncIterator[Cut]:
    impatient = ClientOptions(retries=0, read_timeout=1.0)
    account = azurite.account()
    async with (
        flaky_storage(account) as storage,
        open_scene(
            account,
            storage.connection,
            options=impatient,
            ROUTER_SNAPSHOT_SECONDS=str(FRESH_SECONDS),
        ) as scene,
    ):
        await scene.register("1.0.0")
        assert (await live(scene, PROVISION)).error is None
        yield Cut(scene, storage)
        await storage.heal()


async def test_starts_go_on_while_the_picture_is_fresh_then_wait_and_recover(cut: Cut) -> None:
    for effect in EFFECTS:
        began = time.monotonic()
        await cut.scene.context.snapshots.refresh()
        await cut.storage.misbehave(effect)
        assert not (await cut.start()).parked
        refused = await refusal(cut)
        assert (refused.code, refused.status, refused.retry_after) == (
            "catalog-unavailable",
            503,
            5,
        )
        assert time.monotonic() - began > FRESH_SECONDS
        await cut.storage.heal()
        assert not (await cut.start()).parked


async def refusal(cut: Cut) -> Unavailable:
    """What a start is told once the picture is too old."""
    async with asyncio.timeout(FRESH_SECONDS + 10):
        while True:
            try:
                assert not (await cut.start()).parked
            except Unavailable as error:
                return error
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("service", "pattern", "told"),
    [
        ("Table", "LinesInstances", "LinesInstances cannot be read"),
        ("Queue", "comp=list", "queues cannot be listed"),
        ("Queue", "workitems", "workitems cannot be read"),
    ],
)
async def test_a_line_whose_work_cannot_be_read_stays(
    cut: Cut, service: str, pattern: str, told: str
) -> None:
    scene = cut.scene
    await scene.drain()
    for effect in EFFECTS:
        await cut.storage.misbehave(effect, service, pattern=pattern)
        for _ in range(3):
            assert await monitor.tick(scene.context, LINE)
        line = await scene.line()
        assert (line.state, line.operation) == (LineState.DRAINING, None)
        assert line.drain is not None
        assert line.drain.verdict is Verdict.UNKNOWN
        assert told in line.drain.blockers[0].detail
        await cut.storage.heal()
    assert (await live(scene, RETIRE)).error is None


async def test_a_retirement_that_cannot_read_at_its_fence_gives_way(cut: Cut) -> None:
    scene = cut.scene
    await scene.drain()
    for effect in EFFECTS:
        await cut.storage.misbehave(effect, "Queue")
        ended = await scene.run(RETIRE)
        assert ended.state is Progress.FAILED
        assert "cannot be retired: unknown; the queues cannot be listed" in str(ended.error)
        await cut.storage.heal()
        line = await scene.line()
        assert (line.state, line.operation) == (LineState.DRAINING, None)
    assert await scene.context.platform.app(line.function_app) is not None
    assert not (await cut.start()).parked


@pytest.mark.parametrize("effect", ["500", "cut"])
async def test_a_retirement_that_is_disturbed_again_and_again_ends_and_is_proven(
    cut: Cut, effect: Effect
) -> None:
    scene = cut.scene
    await scene.drain()
    line = await scene.line()
    fenced = line_transitions.fenced(
        line, scene.context.now()
    )  # with a broken reading it would give way
    await scene.context.catalog.replace_line(fenced)
    begun = await begin(scene.context, LINE, RETIRE, None)
    await cut.storage.misbehave(effect, share=0.15)
    ended = await scene.walk(begun.id)
    assert cut.storage.struck > 3
    await cut.storage.heal()
    assert (ended.state, ended.error) == (Progress.SUCCEEDED, None)
    listed = await scene.context.hub.listing(line.task_hub, line.function_app)
    assert listed.remaining == ()


async def test_a_monitor_outlives_a_catalog_that_is_away(cut: Cut) -> None:
    scene = cut.scene
    await cut.storage.misbehave("refused")
    with pytest.raises(Unreadable):  # which its activity takes for passing
        await monitor.tick(scene.context, LINE)
    await cut.storage.heal()
    assert await monitor.tick(scene.context, LINE)
